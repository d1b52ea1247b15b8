/*
 * A process dies of a SIGPIPE that no write drew: it raised the signal itself, or its supervisor sent it; also with a
 * siginfo in which the supervisor calls it a timer's, or that of a file that has input (F_SETSIG).
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct story_option by = {"by", {"raise", "kill", "sigqueue", "tgkill", "as-timer", "as-sigio"}};

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

static void send_as(int code)
{
	siginfo_t forged = {.si_signo = SIGPIPE, .si_code = code};

	check(syscall(SYS_rt_sigqueueinfo, story->us.pid, SIGPIPE, &forged) == 0, "rt_sigqueueinfo");
}

static void supervisor(void)
{
	await(OWN_STEP);
	if (strcmp(story->choice, "kill") == 0)
		check(kill(story->us.pid, SIGPIPE) == 0, "kill");
	else if (strcmp(story->choice, "tgkill") == 0)
		check(syscall(SYS_tgkill, story->us.pid, story->us.tid, SIGPIPE) == 0, "tgkill");
	else if (strcmp(story->choice, "as-timer") == 0)
		send_as(SI_TIMER);
	else if (strcmp(story->choice, "as-sigio") == 0)
		send_as(SI_SIGIO);
	else
		check(sigqueue(story->us.pid, SIGPIPE, (union sigval){0}) == 0, "sigqueue");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	start_process("worker", worker, SIGPIPE, &story->us);
	if (!by_itself())
		start_process("supervisor", supervisor, 0, &story->other);
	play();
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
