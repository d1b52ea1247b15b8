/*
 * A client connects, closes and lives on for a moment, as most do; then it exits. Only when nothing is left of it the
 * server writes, and writes again. Who closed, and where in its code, must have been asked while it lived.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { LIVES_ON_US = 300 * 1000 };

static void client(void)
{
	close(peer_connects());
	usleep(LIVES_ON_US);
}

static void server(void)
{
	int fd = us_accepts();

	while (kill(story->peer.pid, 0) == 0)
		usleep(1000);
	check(errno == ESRCH, "waiting for the client's end");
	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close", .called_in = "client"},
	});
}
