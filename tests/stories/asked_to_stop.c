/*
 * A supervisor asks the server to stop: by SIGTERM, which the server answers by closing its connection and living on,
 * or by exiting with status 0; the client writes twice. Or nobody asks, and the server closes all the same.
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option then = {"then", {"close", "exit", "unasked"}};

static volatile sig_atomic_t asked;

static void on_term(int signal)
{
	(void)signal;
	asked = 1;
}

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static void server(void)
{
	int fd;

	signal(SIGTERM, on_term);
	fd = peer_accepts();
	announce(OWN_STEP);
	while (!asked && !chosen("unasked"))
		usleep(1000);
	if (chosen("unasked"))
		await(THIRD_STEP);
	if (chosen("exit"))
		_exit(0);
	close(fd);
	await(OVER);
}

static void supervisor(void)
{
	await(THIRD_STEP);
	if (!chosen("unasked"))
		check(kill(story->peer.pid, SIGTERM) == 0, "kill");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &then);
	start_process("chatty", chatty_client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("supervisor", supervisor, 0, &story->other);
	ready_and_go();
	await(OWN_STEP);
	await(SECOND_STEP);
	announce(THIRD_STEP);
	announce(THIRD_STEP);
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = chosen("exit") ? "exit" : "close"},
		.no_why = chosen("unasked"),
		.why = chosen("unasked") ? NULL
					 : &(struct why){
						   .code = "asked-to-stop",
						   .confidence = "inferred",
						   .process = &story->peer,
						   .signal = "SIGTERM",
						   .origin = "process",
						   .sender = &story->other,
					   },
	});
}
