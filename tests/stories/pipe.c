/*
 * `producer | head`, in miniature: the reader of a pipe has seen enough and closes, and the next write kills the
 * producer. There is no TCP in this story, and no connection to blame.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static int ends[2];

static void reader(void)
{
	close(ends[1]);
	await(OWN_STEP);
	close(ends[0]);
}

static void producer(void)
{
	await(GO);
	check(pipe(ends) == 0, "pipe");
	start_process("head", reader, 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], POLLERR);
	send_in_vain(BY_WRITE, ends[1], 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("producer", producer, SIGPIPE, &story->us);
	ready_and_go();
	await_ends();
	tell(&(struct truth){
		.type = "verdict",
		.cause = "pipe-reader-gone",
		.attempt = &story->attempts[0],
		.file = "pipe",
		.connection = NO_CONNECTION,
	});
}
