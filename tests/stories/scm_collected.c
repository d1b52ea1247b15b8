/*
 * The server sends its end of the connection through a pair of unix sockets, together with that socket of the pair that
 * is to receive it, and closes all of them. What is on its way to a socket that is itself on its way can be received by
 * nobody: the kernel's garbage collection closes the connection, with a FIN. A client that does not read writes, which
 * draws a RST, and writes again. It is a kworker that collects (in older kernels: whoever closes a unix socket next).
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_both(int through, const int both[2])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	const struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(&control.head), both, 2 * sizeof(int));
	check(sendmsg(through, &message, 0) == 1, "sending two sockets");
}

static void server(void)
{
	int fd = peer_accepts();
	int pair[2];

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	send_both(pair[0], (const int[2]){fd, pair[1]});
	close(fd);
	close(pair[1]);
	/* A close of a unix socket has the garbage collected. */
	close(pair[0]);
	await(OVER);
}

static void client(void)
{
	int fd = us_connects();

	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("chatty", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.elusive_peer = true,
	});
}
