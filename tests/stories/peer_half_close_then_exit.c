/*
 * A client shuts down its sending side and lives on, as it may: the server's answer arrives and is acknowledged. But
 * the client never reads it, and exits. With a byte unread its kernel sends a RST, and the server's next write, in
 * CLOSE_WAIT as it was, gets no ECONNRESET first but EPIPE and SIGPIPE at once.
 */
#include "story.h"

#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

static void client(void)
{
	const struct timespec a_while = {.tv_nsec = 200000000};
	int fd = peer_connects();

	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	wait_for_queue(fd, FIONREAD, 1);
	await(OWN_STEP);
	/* Part of the tale, and no synchronisation; then it exits with the connection open. */
	nanosleep(&a_while, NULL);
}

static void server(void)
{
	int fd = us_accepts();

	wait_for_fin(fd);
	send_in_full(BY_WRITE, fd, 1);
	/* Acknowledged, so that the RST leaves nothing of ours in doubt. */
	wait_for_queue(fd, SIOCOUTQ, 0);
	announce(OWN_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.unread_by_peer = 1,
		.peer = &(struct peer_act){.act = "exit", .unread = 1},
	});
}
