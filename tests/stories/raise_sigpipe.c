/* A process dies of a SIGPIPE that no write drew: it raised the signal itself, or its supervisor sent it. */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct story_option by = {"by", {"raise", "kill", "sigqueue", "tgkill"}};

static bool by_itself(void)
{
	return strcmp(story->choice, "raise") == 0;
}

static void worker(void)
{
	await(GO);
	if (by_itself())
		raise(SIGPIPE);
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void supervisor(void)
{
	await(OWN_STEP);
	if (strcmp(story->choice, "kill") == 0)
		check(kill(story->us.pid, SIGPIPE) == 0, "kill");
	else if (strcmp(story->choice, "tgkill") == 0)
		check(syscall(SYS_tgkill, story->us.pid, story->us.tid, SIGPIPE) == 0, "tgkill");
	else
		check(sigqueue(story->us.pid, SIGPIPE, (union sigval){0}) == 0, "sigqueue");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	start_process("worker", worker, SIGPIPE, &story->us);
	if (!by_itself())
		start_process("supervisor", supervisor, 0, &story->other);
	ready_and_go();
	await_ends();
	report(&(struct truth){
		.type = "verdict",
		.cause = "sent-by-process",
		.connection = NO_CONNECTION,
		.stray =
			&(struct stray_signal){
				.receiver = &story->us,
				.sender = by_itself() ? &story->us : &story->other,
			},
	});
}
