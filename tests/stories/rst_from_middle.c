/*
 * A box in the middle ends a connection that both ends would keep. It sends the client a RST in the server's name, with
 * the right sequence number, and the server none: its end lives on. The client's next write takes the ECONNRESET, and
 * the one after it is killed by SIGPIPE. The server has done nothing, and must not be blamed.
 */
#include "middle.h"
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

static void middlebox(void)
{
	int middle = middle_socket();
	struct tcphdr segment;

	announce(OWN_STEP);
	do
		segment = next_segment(middle);
	while (!(segment.syn && segment.ack));
	await(SECOND_STEP);
	reset_receiver_of(&segment, middle);
}

static void server(void)
{
	int fd = peer_accepts();

	await(OVER);
	wait_for_state(fd, TCP_ESTABLISHED);
}

static void client(void)
{
	int fd;

	await(OWN_STEP);
	fd = us_connects();
	announce(SECOND_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	flusher_is_killed(fd, 512);
}

static void report_verdict(const struct attempt *attempt, const char *modifier)
{
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-aborted",
		/* The end that lives on may still be reported to be the sender, by a RST that is late. */
		.or_confidence = "inferred",
		.modifier = modifier,
		.attempt = attempt,
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.reset_origin = "between",
		.no_peer = true,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	own_network();
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("middlebox", middlebox, 0, &story->other);
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
	report_verdict(&story->attempts[0], NULL);
	report_verdict(&story->attempts[1], "error-already-taken");
}
