/*
 * The server sends 5 bytes that the client never reads before it closes. A close with bytes unread sends a RST
 * instead of a FIN: the server's next write takes the ECONNRESET, and the one after it is killed by SIGPIPE.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void client(void)
{
	int fd = peer_connects();

	wait_for_queue(fd, FIONREAD, 5);
	await(OWN_STEP);
	close(fd);
}

static void server(void)
{
	int fd = us_accepts();

	send_in_full(BY_SEND, fd, 5);
	/* Acknowledged, so that the RST leaves nothing of ours in doubt. */
	wait_for_queue(fd, SIOCOUTQ, 0);
	announce(OWN_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_SEND, fd, 512, ECONNRESET, NULL);
	flusher_is_killed(fd, 512);
}

static void report_verdict(const struct attempt *attempt, const char *modifier)
{
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-aborted",
		.modifier = modifier,
		.attempt = attempt,
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.unread_by_peer = 5,
		.peer = &(struct peer_act){.act = "close", .unread = 5},
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	ready_and_go();
	await_ends();
	report_verdict(&story->attempts[0], NULL);
	report_verdict(&story->attempts[1], "error-already-taken");
}
