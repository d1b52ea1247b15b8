/*
 * A process dies of a SIGPIPE that no process sent: its own timer, set to that signal, runs out; its parent dies, or
 * just that thread of it that had made the process, and it had asked to be sent that signal then; somebody writes to a
 * pipe that it had asked to be reported of in that way; or a child of its ends whose clone() names that signal for it.
 * Whoever runs at that moment has sent nothing.
 */
#include "story.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct story_option by = {"by", {"timer", "parent-death", "parent-thread", "sigio", "child-exit"}};

static int ends[2];

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static bool by_parent(void)
{
	return chosen("parent-death") || chosen("parent-thread");
}

static void start_timer(void)
{
	const struct itimerspec soon = {.it_value.tv_nsec = 50000000};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPIPE};
	timer_t timer;

	check(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
	check(timer_settime(timer, 0, &soon, NULL) == 0, "timer_settime");
}

static void ask_for_input_signal(void)
{
	check(fcntl(ends[0], F_SETOWN, getpid()) == 0, "F_SETOWN");
	check(fcntl(ends[0], F_SETSIG, SIGPIPE) == 0, "F_SETSIG");
	check(fcntl(ends[0], F_SETFL, O_ASYNC) == 0, "O_ASYNC");
}

/* fork() always names SIGCHLD. */
static void start_child(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, SIGPIPE, NULL, NULL, NULL, NULL);

	check(child >= 0, "clone");
	if (child == 0)
		_exit(0);
}

static void worker(void)
{
	await(GO);
	if (chosen("timer"))
		start_timer();
	else if (by_parent())
		check(prctl(PR_SET_PDEATHSIG, SIGPIPE) == 0, "PR_SET_PDEATHSIG");
	else if (chosen("sigio"))
		ask_for_input_signal();
	else
		start_child();
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void *start_worker(void *unused)
{
	start_process("worker", worker, SIGPIPE, &story->us);
	announce(SECOND_STEP);
	await(OWN_STEP);
	return unused;
}

static void parent(void)
{
	pthread_t thread;

	if (chosen("parent-thread")) {
		check(pthread_create(&thread, NULL, start_worker, NULL) == 0, "pthread_create");
		pthread_join(thread, NULL);
		await_ends();
	} else {
		/* Returns, and so exits, before its child. */
		start_worker(NULL);
	}
}

/* It writes to a pipe that has a reader, and that is all it does. */
static void bystander(void)
{
	await(OWN_STEP);
	check(write(ends[1], "", 1) == 1, "write");
}

static const char *origin(void)
{
	if (by_parent())
		return "parent-death";
	return chosen("timer") ? "timer" : "kernel";
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	check(pipe(ends) == 0, "pipe");
	if (by_parent()) {
		start_process("parent", parent, 0, &story->other);
		await(SECOND_STEP);
		if (chosen("parent-death"))
			adopt(&story->us, SIGPIPE);
	} else {
		start_process("worker", worker, SIGPIPE, &story->us);
	}
	if (chosen("sigio"))
		start_process("bystander", bystander, 0, &story->other);
	play();
	report(&(struct truth){
		.type = "verdict",
		.cause = "sent-by-process",
		.connection = NO_CONNECTION,
		.stray =
			&(struct stray_signal){
				.receiver = &story->us,
				.sender = by_parent() ? &story->other : NULL,
				.origin = origin(),
			},
	});
}
