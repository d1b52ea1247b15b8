/*
 * A server closes an idle connection; nearly a second later the client writes on it, once or twice. Who
 * asks for every connection's end must be reported of this break as anybody is: the server's end is over long before,
 * the connection is not, as the client's end has yet to come.
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The tool is run with --all. */
static const struct story_option writes = {"writes-under-all", {"one", "two"}};

static bool two_writes(void)
{
	return strcmp(story->choice, "two") == 0;
}

static void server(void)
{
	close(peer_accepts());
	await(OVER);
}

static void client(void)
{
	const struct timespec a_while = {.tv_nsec = 800000000};
	int fd = us_connects();

	wait_for_fin(fd);
	nanosleep(&a_while, NULL);
	write_after_fin(BY_WRITE, fd);
	if (two_writes())
		flusher_is_killed(fd, 512);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct truth truth = {
		.type = "teardown",
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.count = 1,
	};

	story_begin(argc, argv, &writes);
	us_and_peer("client", client, two_writes() ? SIGPIPE : 0, "server", server);
	report(&truth);
	if (two_writes())
		report_writes(&truth);
	else
		report_none("verdict");
}
