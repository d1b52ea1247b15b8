/*
 * The server is killed with nothing unread, and a chatty client that does not notice writes twice. What differs is who
 * killed it: a supervisor by kill(), or by cgroup.kill; its parent's death, which it had asked to be killed at; the
 * end of its pid namespace's first process; its own wrong address; Ctrl-C at its terminal; or the OOM killer.
 */
#include "cgroup.h"
#include "story.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

static const struct story_option by = {"by",
				       {"kill", "cgroup", "parent-death", "pid-namespace", "fault", "terminal", "oom"}};

enum { MEMORY_LIMIT = 16 << 20, WRONG_ADDRESS = 0x1234 };

static char group[64];
static int terminal;

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static int fatal_signal(void)
{
	if (chosen("fault"))
		return SIGSEGV;
	return chosen("terminal") ? SIGINT : SIGKILL;
}

static void take_all_memory(void)
{
	for (;;)
		memset(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, 1 << 20);
}

static void open_terminal(void)
{
	int slave;

	check(setsid() >= 0, "setsid");
	slave = open(ptsname(terminal), O_RDWR);
	check(slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0, "TIOCSCTTY");
}

static void server(void)
{
	if (chosen("terminal"))
		open_terminal();
	peer_accepts();
	announce(OWN_STEP);
	await(THIRD_STEP);
	if (chosen("fault"))
		*(volatile int *)WRONG_ADDRESS = 1;
	if (chosen("oom"))
		take_all_memory();
	for (;;)
		pause();
}

static void supervisor(void)
{
	if (chosen("parent-death"))
		start_process("server", server, SIGKILL, &story->peer);
	await(OVER);
	if (chosen("kill"))
		check(kill(story->peer.pid, SIGKILL) == 0, "kill");
	else if (chosen("cgroup"))
		kill_cgroup(group);
	/* Where it is the parent, or the first process of the namespace, its own end is what kills. */
}

static void start_server(void)
{
	if (chosen("parent-death")) {
		adopt(&story->peer, SIGKILL);
		return;
	}
	if (chosen("cgroup"))
		enter_new_cgroup(group);
	if (chosen("oom"))
		enter_memory_cgroup(group, MEMORY_LIMIT);
	start_process("server", server, fatal_signal(), &story->peer);
	if (chosen("cgroup"))
		leave_cgroup();
	if (chosen("oom"))
		leave_memory_cgroup();
}

static struct why why(void)
{
	const bool supervised = chosen("kill") || chosen("cgroup") || chosen("parent-death") || chosen("pid-namespace");
	struct why why = {
		.code = chosen("oom") ? "oom-killed" : "killed",
		.process = &story->peer,
		.signal = chosen("fault")      ? "SIGSEGV"
			  : chosen("terminal") ? "SIGINT"
					       : "SIGKILL",
		.origin = story->choice,
		.sender = supervised ? &story->other : NULL,
		.no_sender = !supervised,
	};

	if (chosen("kill"))
		why.origin = "process";
	if (chosen("cgroup"))
		why.origin = "cgroup-kill";
	if (chosen("fault"))
		why.address = WRONG_ADDRESS;
	if (chosen("oom")) {
		why.origin = "kernel";
		why.memory_cgroup = group;
		why.memory_limit = MEMORY_LIMIT;
	}
	return why;
}

static void report_end(void)
{
	const struct why reason = why();

	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "killed", .signal = reason.signal},
		.why = &reason,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	snprintf(group, sizeof(group), "killed-by-%d", getpid());
	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	check(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0, "a terminal");
	start_process("chatty", chatty_client, SIGPIPE, &story->us);
	if (chosen("pid-namespace"))
		check(unshare(CLONE_NEWPID) == 0, "unshare");
	start_process("supervisor", supervisor, 0, &story->other);
	start_server();
	ready_and_go();
	await(OWN_STEP);
	await(SECOND_STEP);
	announce(OVER);
	announce(THIRD_STEP);
	if (chosen("terminal"))
		check(write(terminal, "\x03", 1) == 1, "Ctrl-C");
	await_ends();
	if (chosen("cgroup"))
		remove_cgroup(group);
	if (chosen("oom"))
		remove_memory_cgroup(group);
	report_end();
}
