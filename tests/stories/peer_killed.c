/*
 * The server dies with a connection open, and only a FIN comes: by SIGKILL, by abort(), or by a SIGTERM that it does
 * not handle, before or after it has answered; or it exits, with either status; or it closes before it is killed. The
 * client reads to the end and writes no more: nothing fails.
 */
#include "story.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct story_option by = {
	"by", {"kill", "abort", "term-unanswered", "term-answered", "exit", "failure", "kill-once-closed"}};

enum { REQUEST = 5, ANSWER = 7 };

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static int deadly_signal(void)
{
	if (chosen("exit") || chosen("failure"))
		return 0;
	if (chosen("abort"))
		return SIGABRT;
	return chosen("kill") || chosen("kill-once-closed") ? SIGKILL : SIGTERM;
}

static bool is_reported(void)
{
	return chosen("kill") || chosen("abort") || chosen("term-unanswered");
}

static void serve(void)
{
	char request[REQUEST];
	int fd = peer_accepts();

	check(recv(fd, request, sizeof(request), MSG_WAITALL) == REQUEST, "the request");
	usleep(100000); /* some jiffies: who sent last is to be seen */
	if (chosen("term-answered"))
		send_in_full(BY_WRITE, fd, ANSWER);
	if (chosen("kill-once-closed"))
		close(fd);
	announce(OWN_STEP);
	await(SECOND_STEP);
	if (chosen("exit") || chosen("failure"))
		_exit(chosen("failure"));
	if (chosen("abort"))
		abort();
	for (;;)
		pause();
}

/* A failing exit is that of a child: its own the story does not take. */
static void server(void)
{
	pid_t child = chosen("failure") ? fork() : 0;
	int status = 0;

	if (child == 0)
		serve();
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1, "a failing child");
}

static void client(void)
{
	char answer[ANSWER + 1];
	int fd = us_connects();

	story->noted = fd;
	send_in_full(BY_WRITE, fd, REQUEST);
	while (read(fd, answer, sizeof(answer)) > 0)
		;
	/* A verdict on what has not failed waits for a second. */
	sleep(2);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &by);
	start_process("reader", client, 0, &story->us);
	start_process("server", server, deadly_signal(), &story->peer);
	ready_and_go();
	await(OWN_STEP);
	announce(SECOND_STEP);
	if (deadly_signal() != 0 && !chosen("abort"))
		check(kill(story->peer.pid, deadly_signal()) == 0, "kill");
	await_ends();
	report_none("verdict");
	if (!is_reported()) {
		report_none("teardown");
		return 0;
	}
	report(&(struct truth){
		.type = "teardown",
		.cause = "peer-closed",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "killed"},
		.holder = &(struct holder){.process = &story->us, .fd = story->noted},
		.why = &(struct why){.code = "killed", .process = &story->peer},
	});
}
