/*
 * A server listens, but never calls accept(), and closes its listener. To the client, the connection was made long
 * ago; it gets a RST now: its next write takes the ECONNRESET, and the one after it is killed by SIGPIPE.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void server(void)
{
	int listener;

	await(GO);
	listener = bound_socket();
	check(listen(listener, 1) == 0, "listen");
	announce(LISTENING);
	/* The client is in the accept queue. */
	wait_for_poll(listener, POLLIN);
	await(CONNECTED);
	close(listener);
	/* Gone only when the story is: what ended the connection was the close, not an exit. */
	await(OVER);
}

static void client(void)
{
	int fd;

	await(LISTENING);
	fd = connect_to_port(0);
	check(errno == 0, "connect");
	note_connection_to_port(fd);
	announce(CONNECTED);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "listener-closed"},
	});
}
