/*
 * The server exits and leaves the closing to its kernel. The client's recv() returns 0, the plainest way to be reported
 * that the other side has ended; it sends all the same, twice.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

static void server(void)
{
	/* Returns, and so exits, with the connection open. */
	peer_accepts();
}

static void client(void)
{
	char byte;
	int fd = us_connects();

	check(recv(fd, &byte, 1, 0) == 0, "the end of the stream");
	write_after_fin(BY_SEND, fd);
	send_in_vain(BY_SEND, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("careless", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "exit"},
	});
}
