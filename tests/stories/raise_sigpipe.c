/* A process dies of a SIGPIPE that no write drew: it raised the signal itself, or its supervisor sent it. */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option by = {"by", {"raise", "kill"}};

static bool by_kill(void)
{
	return strcmp(story->choice, "kill") == 0;
}

static void worker(void)
{
	await(GO);
	if (!by_kill())
		raise(SIGPIPE);
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void supervisor(void)
{
	await(OWN_STEP);
	check(kill(story->us.pid, SIGPIPE) == 0, "kill");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	start_process("worker", worker, SIGPIPE, &story->us);
	if (by_kill())
		start_process("supervisor", supervisor, 0, &story->other);
	ready_and_go();
	await_ends();
	tell(&(struct truth){
		.type = "verdict",
		.cause = "sent-by-process",
		.connection = NO_CONNECTION,
		.stray =
			&(struct stray_signal){
				.receiver = &story->us,
				.sender = by_kill() ? &story->other : &story->us,
			},
	});
}
