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

static const char *act_of_holder(void)
{
	if (chosen("found"))
		return "held-other-end";
	if (chosen("comes-later"))
		return "close";
	return chosen("ends") ? "exit" : "killed";
}

void play_pair_story(int argc, char **argv, const struct pair_story *pair)
{
	bool is_pipe = strcmp(pair->file, "pipe") == 0;

	played = pair;
	story_begin(argc, argv, &holder_is);
	start_process(pair->writer, writer, SIGPIPE, &story->us);
	await(SECOND_STEP);
	play();
	/* Who closes a pipe and lives on is seen where the kernel permits a trampoline or a kprobe. */
	report_writes(&(struct truth){
		.cause = pair->cause,
		.file = pair->file,
		.connection = NO_CONNECTION,
		.peer = chosen("comes-later") && !is_pipe
				? NULL
				: &(struct peer_act){.act = act_of_holder(),
						     .or_act = chosen("found") && is_pipe ? "close" : NULL,
						     .by_any_thread = chosen("found")},
		.elusive_peer = chosen("comes-later"),
		.no_peer = chosen("comes-later") && !is_pipe,
	});
}
