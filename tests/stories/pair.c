#include "pair.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option holder_is = {"holder", {"comes-later", "found"}};

static const struct pair_story *played;
static int ends[2];

static bool found(void)
{
	return strcmp(story->choice, "found") == 0;
}

static void holder(void)
{
	close(ends[1]);
	await(OWN_STEP);
	close(ends[0]);
}

static void begin(void)
{
	check(played->make(ends) == 0, "a pair");
	start_process(played->holder, holder, 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
}

static void writer(void)
{
	if (found())
		begin();
	announce(SECOND_STEP);
	await(GO);
	if (!found())
		begin();
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], played->gone);
	send_in_vain(played->way, ends[1], 512, EPIPE, "killed");
}

void play_pair_story(int argc, char **argv, const struct pair_story *pair)
{
	played = pair;
	story_begin(argc, argv, &holder_is);
	start_process(pair->writer, writer, SIGPIPE, &story->us);
	await(SECOND_STEP);
	play();
	report_writes(&(struct truth){
		.cause = pair->cause,
		.file = pair->file,
		.connection = NO_CONNECTION,
		.peer = found() ? &(struct peer_act){.act = "held-other-end", .by_any_thread = true} : NULL,
		.no_peer = !found(),
	});
}
