/*
 * A client that has not much time: the server closes, the client writes, writes again, and is dead a few microseconds
 * after the RST. Whoever wants to know its name, its cgroup or its stack then cannot look them up any more.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { BYTES = 512, MANY = 1000 };

static void server(void)
{
	close(peer_accepts());
}

static void client(void)
{
	int fd = us_connects();

	wait_for_fin(fd);
	foretell(BY_WRITE, fd, BYTES, EPIPE, "killed");
	/* The second one is the last, unless the RST is late. */
	for (int i = 0; i < MANY; i++) {
		check(hand_over(BY_WRITE, fd, BYTES) == BYTES, "a write that should succeed, or kill");
		story->own += BYTES;
	}
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("fleeting", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = story->own, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.located = true,
	});
}
