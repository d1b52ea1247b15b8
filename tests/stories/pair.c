#include "pair.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option holder_is = {"holder", {"comes-later", "found", "ends", "is-killed"}};

static const struct pair_story *played;
static int ends[2];

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static void holder(void)
{
	close(ends[1]);
	await(OWN_STEP);
	if (chosen("is-killed"))
		raise(SIGKILL);
	if (!chosen("ends"))
		close(ends[0]);
}

static void begin(void)
{
	check(played->make(ends) == 0, "a pair");
	start_process(played->holder, holder, chosen("is-killed") ? SIGKILL : 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
}

static void writer(void)
{
	if (chosen("found"))
		begin();
	announce(SECOND_STEP);
	await(GO);
	if (!chosen("found"))
		begin();
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], played->gone);
	send_in_vain(played->way, ends[1], 512, EPIPE, "killed");
}

/* NULL: nobody must be named. */
static const char *act_of_holder(void)
{
	if (chosen("ends"))
		return "exit";
	if (chosen("is-killed"))
		return "killed";
	if (file_close_is_seen())
		return "close";
	return chosen("found") ? "held-other-end" : NULL;
}

void play_pair_story(int argc, char **argv, const struct pair_story *pair)
{
	const char *act;

	played = pair;
	story_begin(argc, argv, &holder_is);
	start_process(pair->writer, writer, SIGPIPE, &story->us);
	await(SECOND_STEP);
	play();
	act = act_of_holder();
	report_writes(&(struct truth){
		.cause = pair->cause,
		.file = pair->file,
		.connection = NO_CONNECTION,
		.peer = act ? &(struct peer_act){.act = act, .by_any_thread = chosen("found") && !file_close_is_seen()}
			    : NULL,
		.no_peer = !act,
	});
}
