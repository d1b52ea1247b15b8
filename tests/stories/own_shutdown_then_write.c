/*
 * A client shuts down its own sending side, forgets that it did, and writes. Nobody sent a RST and the server is
 * well: the EPIPE, and the SIGPIPE that kills, are the client's own doing.
 */
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void server(void)
{
	char byte;
	int fd = peer_accepts();

	check(read(fd, &byte, 1) == 0, "the end that the client shut down");
	/* The server lives on, its side open, until the client is dead. */
	await(OVER);
	close(fd);
}

static void client(void)
{
	int fd = us_connects();

	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	wait_for_state(fd, TCP_FIN_WAIT2);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "local-shutdown",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
	});
}
