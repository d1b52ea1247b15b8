/*
 * A dispatcher accepts the connection, passes it to its worker over a unix socket (SCM_RIGHTS) and keeps nothing of it.
 * The client closes and the worker, which never accepted anything, is killed at its second write. Who is asked about
 * the worker only may have seen nothing of the connection before that.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Between dispatcher and worker. */
static int channel[2];

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void pass_on(int fd)
{
	char byte = 0;
	union control control = {0};
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	check(sendmsg(channel[0], &message, 0) == 1, "passing a descriptor");
}

static int take_over(void)
{
	char byte;
	int fd;
	union control control;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};

	check(recvmsg(channel[1], &message, 0) == 1, "taking a descriptor");
	check(CMSG_FIRSTHDR(&message) && CMSG_FIRSTHDR(&message)->cmsg_type == SCM_RIGHTS, "SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void client(void)
{
	int fd = peer_connects();

	await(OWN_STEP);
	close(fd);
}

static void dispatcher(void)
{
	int fd;

	close(channel[1]);
	fd = us_accepts();
	pass_on(fd);
	close(fd);
	announce(OWN_STEP);
}

static void worker(void)
{
	int fd;

	close(channel[0]);
	fd = take_over();
	write_after_fin(BY_WRITE, fd);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	check(socketpair(AF_UNIX, SOCK_DGRAM, 0, channel) == 0, "socketpair");
	start_process("worker", worker, SIGPIPE, &story->us);
	start_process("dispatcher", dispatcher, 0, &story->other);
	start_process("client", client, 0, &story->peer);
	play();
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.confidence = "observed",
		.or_confidence = "inferred",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.elusive_peer = true,
	});
}
