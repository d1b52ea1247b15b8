/*
 * A descriptor's number is not its file. A client half-closes and reads nothing more; the server's flusher fills every
 * buffer and blocks in a write of which nothing is taken. Then another thread of the server puts a healthy file over
 * that number: a pipe whose reader is there, a plain file, or another connection. The call keeps the socket that it
 * began with. The client closes with bytes unread, and the RST makes the blocked write one in vain.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option over = {"over", {"pipe", "file", "tcp"}};

static struct process blocked;

static void client(void)
{
	int fd = peer_connects();

	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	await(OWN_STEP);
	close(fd);
}

static void *flusher(void *argument)
{
	const int fd = *(const int *)argument;

	prctl(PR_SET_NAME, "flusher");
	foretell(BY_WRITE, fd, 512, EPIPE, "killed");
	blocked.pid = gettid();
	announce(SECOND_STEP);
	hand_over(BY_WRITE, fd, 512);
	die("the blocked write came back");
}

/* A file that nothing is wrong with. */
static int healthy_file(void)
{
	int ends[2];

	if (strcmp(story->choice, "file") == 0) {
		ends[1] = memfd_create("log", 0);
		check(ends[1] >= 0, "memfd_create");
	} else if (strcmp(story->choice, "tcp") == 0) {
		connect_to_oneself(ends);
	} else {
		check(pipe(ends) == 0, "pipe");
	}
	return ends[1];
}

static void fill(int fd)
{
	char data[4096] = {0};

	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	check(errno == EAGAIN, "filling the window");
}

static void leave_no_room(int fd)
{
	const int room = 65536;

	check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0, "SO_SNDBUF");
	fill(fd);
	/* All that the client has room for is acknowledged: that made room here, the last there is. */
	wait_for_probe(fd);
	fill(fd);
	check(ioctl(fd, SIOCOUTQ, &story->noted) == 0, "SIOCOUTQ");
}

static void server(void)
{
	int fd = us_accepts();
	int healthy = healthy_file();
	pthread_t thread;

	wait_for_fin(fd);
	leave_no_room(fd);
	check(pthread_create(&thread, NULL, flusher, &fd) == 0, "pthread_create");
	await(SECOND_STEP);
	wait_until_asleep(&blocked);
	check(dup2(healthy, fd) == fd, "dup2");
	announce(OWN_STEP);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &over);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = story->noted, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
