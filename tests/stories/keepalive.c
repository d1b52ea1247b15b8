/*
 * Nothing is in flight when the network begins to swallow everything that the server's host is sent. The client has
 * asked for keepalive: two probes get no answer, and its kernel gives the connection up. Its first write takes the
 * ETIMEDOUT, and the second is killed by SIGPIPE.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void client(void)
{
	int fd = us_connects();

	await(OWN_STEP);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	write_until_killed(BY_WRITE, fd, ETIMEDOUT);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", peer_turns_deaf);
	report_writes(&(struct truth){
		.cause = "timed-out",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.no_peer = true,
		.timeout = &(struct timeout){.kind = "keepalive", .min_probes = 1},
	});
}
