/*
 * A box in the middle, as a firewall whose idle timeout is over, ends a connection that both ends would keep: each of
 * them gets a RST in the other's name, with the right sequence number. The client's next write takes the ECONNRESET,
 * and the one after it is killed by SIGPIPE. Nobody at either end has done anything.
 */
#include "middle.h"
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static void middlebox(void)
{
	int middle = middle_socket();
	struct tcphdr segment;

	announce(OWN_STEP);
	do
		segment = next_segment(middle);
	while (!(segment.syn && segment.ack));
	await(SECOND_STEP);
	/* The SYN-ACK was the server's. */
	reset_sender_of(&segment, middle);
	reset_receiver_of(&segment, middle);
}

static void server(void)
{
	int fd = peer_accepts();
	char byte;

	wait_for_poll(fd, POLLERR | POLLHUP);
	check(read(fd, &byte, 1) == -1 && errno == ECONNRESET, "the server's RST");
	await(OVER);
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
