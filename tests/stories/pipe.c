/*
 * `producer | head`, in miniature: the reader of a pipe has seen enough and closes, and the next write kills the
 * producer. There is no TCP in this story, and no connection to blame.
 * With "--holder found" both ends are held before the tracer comes: it can know who has the other one.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option holder = {"holder", {"comes-later", "found"}};

static int ends[2];

static bool found(void)
{
	return strcmp(story->choice, "found") == 0;
}

static void reader(void)
{
	close(ends[1]);
	await(OWN_STEP);
	close(ends[0]);
}

static void begin(void)
{
	check(pipe(ends) == 0, "pipe");
	start_process("head", reader, 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
}

static void producer(void)
{
	if (found())
		begin();
	announce(SECOND_STEP);
	await(GO);
	if (!found())
		begin();
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], POLLERR);
	send_in_vain(BY_WRITE, ends[1], 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &holder);
	start_process("producer", producer, SIGPIPE, &story->us);
	await(SECOND_STEP);
	play();
	report_writes(&(struct truth){
		.cause = "pipe-reader-gone",
		.file = "pipe",
		.connection = NO_CONNECTION,
		.peer = found() ? &(struct peer_act){.act = "held-other-end", .by_any_thread = true} : NULL,
		.no_peer = !found(),
	});
}
