#include "story.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Far more than any step takes, and attaching in an emulated machine: a story that hangs dies of SIGALRM. */
enum { PATIENCE_SECONDS = 600, MAX_CHILDREN = 4 };

struct story *story;

static struct {
	const struct process *facts;
	int signal;
	bool ended;
} children[MAX_CHILDREN];
static int child_count;
static int ended_count;

void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	/* Not exit(): a forked process must not flush what the publisher has buffered. */
	_exit(1);
}

void check(bool as_intended, const char *what)
{
	if (!as_intended)
		die("%s: not as intended (errno: %s)", what, strerror(errno));
}

static const char *chosen(const struct story_option *option, const char *value)
{
	for (const char *const *choice = option->choices; *choice; choice++)
		if (strcmp(*choice, value) == 0)
			return *choice;
	die("--%s %s: no such choice", option->name, value);
}

static void parse_family(const char *value)
{
	story->mapped = strcmp(value, "46") == 0;
	story->family = strcmp(value, "4") == 0 ? AF_INET : AF_INET6;
}

static void parse(int argc, char **argv, const struct story_option *option)
{
	const struct option options[] = {
		{"port", required_argument, NULL, 'p'},
		{"family", required_argument, NULL, 'f'},
		/* No name ends the list here. */
		{option ? option->name : NULL, required_argument, NULL, 'o'},
		{0},
	};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 'p')
			story->port = atoi(optarg);
		else if (c == 'f')
			parse_family(optarg);
		else if (c == 'o')
			story->choice = chosen(option, optarg);
		else
			_exit(2);
	}
}

void story_begin(int argc, char **argv, const struct story_option *option)
{
	sigset_t none;

	story = mmap(NULL, sizeof(*story), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(story != MAP_FAILED, "mmap");
	story->family = AF_INET;
	story->choice = option ? option->choices[0] : NULL;
	for (int i = 0; i < STEPS; i++)
		check(sem_init(&story->steps[i], 1, 0) == 0, "sem_init");
	parse(argc, argv, option);

	/* Whoever started us may ignore or block SIGPIPE; both are inherited. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	alarm(PATIENCE_SECONDS);
}

void announce(enum step step)
{
	check(sem_post(&story->steps[step]) == 0, "sem_post");
}

void await(enum step step)
{
	check(sem_wait(&story->steps[step]) == 0, "sem_wait");
	/* The patience is for one step, not for a runner that takes its time to attach. */
	alarm(PATIENCE_SECONDS);
}

/* "PID/task/TID", as the pid namespace of whoever mounted /proc has them, which is the runner's. */
static void ids_for_runner(pid_t *pid, pid_t *tid)
{
	char link[64];
	ssize_t length = readlink("/proc/thread-self", link, sizeof(link) - 1);

	check(length > 0, "readlink /proc/thread-self");
	link[length] = '\0';
	check(sscanf(link, "%d/task/%d", pid, tid) == 2, "/proc/thread-self");
}

pid_t pid_for_runner(void)
{
	pid_t pid, tid;

	ids_for_runner(&pid, &tid);
	return pid;
}

pid_t tid_for_runner(void)
{
	pid_t pid, tid;

	ids_for_runner(&pid, &tid);
	return tid;
}

static void become(const char *name, struct process *facts)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE_SECONDS);
	check(prctl(PR_SET_NAME, name) == 0, "PR_SET_NAME");
	*facts = (struct process){.pid = pid_for_runner(), .tid = tid_for_runner(), .shown = facts->shown};
	facts->own_pid = getpid() != facts->pid ? getpid() : 0;
	snprintf(facts->comm, sizeof(facts->comm), "%s", name);
	snprintf(facts->name, sizeof(facts->name), "%s", name);
	/* Our siblings are not our children. */
	child_count = 0;
	ended_count = 0;
}

static void expect_end(const struct process *process, int signal)
{
	check(child_count < MAX_CHILDREN, "the number of processes");
	children[child_count].facts = process;
	children[child_count].signal = signal;
	children[child_count].ended = false;
	child_count++;
}

void start_process(const char *name, void (*act)(void), int signal, struct process *facts)
{
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid == 0) {
		become(name, facts);
		announce(BORN);
		act();
		_exit(0);
	}
	await(BORN);
	expect_end(facts, signal);
}

void adopt(const struct process *process, int signal)
{
	check(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "PR_SET_CHILD_SUBREAPER");
	expect_end(process, signal);
}

void ready_and_go(void)
{
	char line[16];

	printf("{\"ready\":true,\"pid\":%d}\n", story->us.pid);
	fflush(stdout);
	check(fgets(line, sizeof(line), stdin) && strcmp(line, "go\n") == 0, "waiting for \"go\"");
	alarm(PATIENCE_SECONDS);
	announce(GO);
}

static void check_end(pid_t pid, int status)
{
	for (int i = 0; i < child_count; i++) {
		const char *name = children[i].facts->name;
		int signal = children[i].signal;

		if (children[i].facts->pid != pid)
			continue;
		children[i].ended = true;
		if (signal && !(WIFSIGNALED(status) && WTERMSIG(status) == signal))
			die("%s should have died of signal %d, but its wait status is 0x%x", name, signal, status);
		if (!signal && status != 0)
			die("%s should have exited with 0, but its wait status is 0x%x", name, status);
		return;
	}
	die("a process ended that nobody started: %d", pid);
}

/* Whichever ends: a process that failed must not leave us waiting for another. */
static void await_an_end(void)
{
	int status;
	pid_t pid;

	/* Each of them has a patience of its own. */
	alarm(0);
	pid = wait(&status);
	alarm(PATIENCE_SECONDS);

	check(pid > 0, "wait");
	check_end(pid, status);
	ended_count++;
}

void await_end_of(const struct process *process)
{
	for (int i = 0; i < child_count; i++)
		while (children[i].facts == process && !children[i].ended)
			await_an_end();
}

void await_ends(void)
{
	while (ended_count < child_count)
		await_an_end();
}

void play(void)
{
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
}

void us_and_peer(const char *us_name, void (*us)(void), int signal, const char *peer_name, void (*peer)(void))
{
	start_process(us_name, us, signal, &story->us);
	start_process(peer_name, peer, 0, &story->peer);
	play();
}
