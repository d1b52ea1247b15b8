/*
 * The client asks for MPTCP and the server knows TCP only, so the connection falls back to plain TCP below a socket
 * that is MPTCP's. The server closes; the client's first write succeeds and draws a RST, the second is killed. Below,
 * it is the same as on any TCP socket.
 */
#include "story.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void server(void)
{
	close(peer_accepts());
	await(OVER);
}

static void client(void)
{
	int fd;

	await(LISTENING);
	/* The server's socket was made before, as plain TCP. */
	story->protocol = IPPROTO_MPTCP;
	fd = connect_to_port(0);
	check(errno == 0, "connect");
	note_connection_to_port(fd);
	await(CONNECTED);
	wait_for_peer_state(TCP_FIN_WAIT2);
	send_in_full(BY_WRITE, fd, 3);
	wait_for_poll(fd, POLLERR | POLLHUP);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.file = "mptcp",
		.opened_by = "us",
		.peer = &(struct peer_act){.act = "close"},
	});
}
