/*
 * The same socket calls, but the connection is MPTCP: the client closes with 5 bytes unread, and its kernel ends the
 * connection with MPTCP's own kind of RST, the fast close. The server's next write takes the ECONNRESET, and the one
 * after it is killed by SIGPIPE.
 */
#include "story.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void client(void)
{
	int fd = peer_connects();

	wait_for_queue(fd, FIONREAD, 5);
	close(fd);
}

static void server(void)
{
	int fd = us_accepts();

	send_in_full(BY_WRITE, fd, 5);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	story->protocol = IPPROTO_MPTCP;
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.or_confidence = "inferred",
		.file = "mptcp",
		/* It is the connection below, plain TCP, that has been opened and reset. */
		.opened_by = "peer",
		.peer = &(struct peer_act){.act = "close"},
		.elusive_peer = true,
	});
}
