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
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1500 };

static void server(void)
{
	int fd = peer_accepts();

	turn_deaf(fd);
	announce(OWN_STEP);
	/* It lives, and would be glad to hear from the client. */
	await(OVER);
	/* Deaf still, it would wait for an answer to its FIN, on our port. */
	hear_again(fd);
	close(fd);
}

static void client(void)
{
	unsigned timeout_ms = TIMEOUT_MS;
	int fd = us_connects();

	check(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms)) == 0, "TCP_USER_TIMEOUT");
	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, 3);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_WRITE, fd, 512, ETIMEDOUT, NULL);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", server);
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
