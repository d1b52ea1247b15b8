/*
 * A box in the middle, as a firewall whose idle timeout is over, ends a connection that both ends would keep. It sends
 * the client a RST in the server's name, with the right sequence number, and the server one in the client's, or none:
 * then that end lives on. The client's next write takes the ECONNRESET, and the one after it is killed by SIGPIPE.
 * Nobody at either end has done anything, and neither must be blamed.
 */
#include "middle.h"
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option resets = {"resets", {"client", "both"}};

static bool both(void)
{
	return strcmp(story->choice, "both") == 0;
}

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
	if (both())
		reset_sender_of(&segment, middle);
	reset_receiver_of(&segment, middle);
}

static void server(void)
{
	int fd = peer_accepts();
	char byte;

	if (both()) {
		wait_for_poll(fd, POLLERR | POLLHUP);
		check(read(fd, &byte, 1) == -1 && errno == ECONNRESET, "the server's RST");
	}
	await(OVER);
	if (!both())
		wait_for_state(fd, TCP_ESTABLISHED);
}

static void client(void)
{
	int fd;

	await(OWN_STEP);
	fd = us_connects();
	announce(SECOND_STEP);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &resets);
	own_network();
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("middlebox", middlebox, 0, &story->other);
	play();
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		/* The end that lives on may still be reported to be the sender, by a RST that is late. */
		.or_confidence = both() ? NULL : "inferred",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.reset_origin = "between",
		.no_peer = true,
	});
}
