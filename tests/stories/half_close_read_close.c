/*
 * A relay passes on the end of its input: it shuts down its sending side, and reads on. It reads what the server still
 * says, as it may; half a second later it is done, and closes, or exits; or a worker that it
 * forked does that for it. No packet reports the server: the FIN is long there. So the next 100 bytes are taken and
 * draw the RST, and the write after them is killed.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct story_option end = {"end", {"close", "exit", "worker"}};

static int fd;

static bool by_exit(void)
{
	return strcmp(story->choice, "exit") == 0;
}

static bool by_worker(void)
{
	return strcmp(story->choice, "worker") == 0;
}

static void read_and_end(void)
{
	const struct timespec a_while = {.tv_nsec = 500000000};
	char answer[10];

	check(recv(fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer), "the server's bytes");
	nanosleep(&a_while, NULL);
	if (by_exit())
		return;
	close(fd);
	announce(OWN_STEP);
	await(OVER);
}

static void relay(void)
{
	fd = peer_connects();
	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	if (!by_worker()) {
		read_and_end();
		return;
	}
	start_process("worker", read_and_end, 0, &story->peer);
	close(fd);
	await_ends();
}

static void wait_for_end(void)
{
	if (!by_exit())
		await(OWN_STEP);
	while (by_exit() && kill(story->peer.pid, 0) == 0)
		usleep(1000);
}

static void server(void)
{
	fd = us_accepts();
	wait_for_fin(fd);
	send_in_full(BY_WRITE, fd, 10);
	wait_for_queue(fd, SIOCOUTQ, 0);
	wait_for_end();
	send_in_full(BY_WRITE, fd, 100);
	wait_for_state(fd, TCP_CLOSE);
	flusher_is_killed(fd, 200);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &end);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("relay", relay, 0, by_worker() ? &story->other : &story->peer);
	play();
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 100, .unread = 0},
		.peer = &(struct peer_act){.act = by_exit() ? "exit" : "close"},
		.written = 100,
	});
}
