/*
 * A client closes, and the server's first write draws the RST. The second one, in vain, is made by another system
 * call each time, and each of them sends SIGPIPE, which the server handles.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option way = {
	.name = "way",
	.choices = {"writev", "sendmsg", "sendmmsg", "pwritev2", "sendfile", "splice", "io-uring"},
};

static enum way chosen_way(void)
{
	static const enum way ways[] = {
		BY_WRITEV, BY_SENDMSG, BY_SENDMMSG, BY_PWRITEV2, BY_SENDFILE, BY_SPLICE, BY_IO_URING,
	};
	int i = 0;

	while (strcmp(way.choices[i], story->choice) != 0)
		i++;
	return ways[i];
}

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	signal(SIGPIPE, handle);
	write_after_fin(BY_WRITE, fd);
	send_in_vain(chosen_way(), fd, 512, EPIPE, "handled");
	check(handled == 1, "the SIGPIPE handled");
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &way);
	us_and_peer("orders-api", server, 0, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
