/*
 * A client connects, says nothing and closes. The server's first write succeeds all the same and draws a RST; then
 * its thread "flusher" writes again, and the SIGPIPE that nobody cared for kills the whole server.
 * With "--first-write at-once" the first write overtakes the ACK of the client's FIN: then not the TIME_WAIT
 * remains of the client's socket answer it but the orphan, which is in FIN_WAIT1 still.
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option first_write = {"first-write", {"after-ack", "at-once"}};

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	if (strcmp(story->choice, "at-once") == 0)
		write_on_seeing_fin(BY_WRITE, fd);
	else
		write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &first_write);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		/* The first write's; the second was never taken. */
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
