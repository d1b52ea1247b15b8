/*
 * A forking server: its worker inherits the connection, and the server closes its copy. A client sends 5 bytes that the
 * worker's kernel acknowledges and the worker never reads: it exits. With bytes unread its kernel sends a RST. What the
 * client had written before is lost, though every byte of it was acknowledged.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int shared;

/* Returns, and so exits, with the connection open. */
static void worker(void)
{
	wait_for_queue(shared, FIONREAD, 5);
	await(OWN_STEP);
}

static void server(void)
{
	shared = peer_accepts();
	start_process("worker", worker, 0, &story->peer);
	close(shared);
	announce(SECOND_STEP);
	await_ends();
}

static void client(void)
{
	int fd = us_connects();

	await(SECOND_STEP);
	send_in_full(BY_WRITE, fd, 5);
	/* Acknowledged, so that the RST leaves nothing in doubt. */
	wait_for_queue(fd, SIOCOUTQ, 0);
	announce(OWN_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
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
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.unread_by_peer = 5,
		.peer = &(struct peer_act){.act = "exit", .unread = 5},
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->other);
	ready_and_go();
	await_ends();
	report_verdict(&story->attempts[0], NULL);
	report_verdict(&story->attempts[1], "error-already-taken");
}
