/*
 * The network swallows everything that the server's host is sent, and the client has set TCP_USER_TIMEOUT. Its first
 * write succeeds and is never acknowledged; the kernel repeats it until the time is over. The second write takes the
 * ETIMEDOUT, without a signal; the third is killed by SIGPIPE.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1500 };

static void client(void)
{
	int fd = us_connects();

	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, TIMEOUT_MS);
	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, ETIMEDOUT);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", peer_turns_deaf);
	report_writes(&(struct truth){
		.cause = "timed-out",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.no_peer = true,
		.timeout =
			&(struct timeout){
				.kind = "user-timeout",
				.min_retransmits = 1,
				.user_timeout_ms = TIMEOUT_MS,
			},
	});
}
