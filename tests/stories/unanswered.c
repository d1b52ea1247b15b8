/*
 * The tool is asked for connections whose peer closed without an answer: the server reads a request and closes, or
 * exits; or it answers first; or it was asked for nothing. The client reads to the end and writes no more: nothing
 * fails.
 */
#include "story.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option request = {"request", {"left", "left-by-exit", "answered", "none"}};

enum { REQUEST = 5, ANSWER = 7 };

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static void server(void)
{
	char asked[REQUEST];
	int fd = peer_accepts();

	if (!chosen("none"))
		check(recv(fd, asked, sizeof(asked), MSG_WAITALL) == REQUEST, "the request");
	usleep(100000); /* some jiffies: who sent last is to be seen */
	if (chosen("answered"))
		send_in_full(BY_WRITE, fd, ANSWER);
	if (!chosen("left-by-exit"))
		close(fd);
}

static void client(void)
{
	char answer[ANSWER + 1];
	int fd = us_connects();

	story->noted = fd;
	if (!chosen("none"))
		send_in_full(BY_WRITE, fd, REQUEST);
	while (read(fd, answer, sizeof(answer)) > 0)
		;
	/* A verdict on what has not failed waits for a second. */
	sleep(2);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &request);
	start_process("reader", client, 0, &story->us);
	start_process("server", server, 0, &story->peer);
	ready_and_go();
	await_ends();
	report_none("verdict");
	if (chosen("answered") || chosen("none")) {
		report_none("teardown");
		return 0;
	}
	report(&(struct truth){
		.type = "teardown",
		.cause = "peer-closed",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = chosen("left") ? "close" : "exit"},
		.holder = &(struct holder){.process = &story->us, .fd = story->noted},
		.why = &(struct why){.code = "unanswered", .process = &story->peer},
	});
}
