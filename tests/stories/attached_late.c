/*
 * A person starts tcpblame when things go wrong already: before "ready" the connection was opened and the client has
 * closed it. Then the server writes, which draws the RST, and is killed at its second write. Or, with "--after reset",
 * the first write and its RST came too early as well: all there is to see is the write that kills.
 */
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option after = {"after", {"fin", "reset"}};

static bool after_reset(void)
{
	return strcmp(story->choice, "reset") == 0;
}

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	wait_for_fin(fd);
	if (after_reset())
		write_on_seeing_fin(BY_WRITE, fd);
	announce(OWN_STEP);
	await(GO);
	if (!after_reset())
		write_on_seeing_fin(BY_WRITE, fd);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

static void tell_what_can_be_known(void)
{
	if (after_reset())
		tell(&(struct truth){
			.type = "verdict",
			.cause = "unknown",
			.or_cause = "peer-closed",
			.confidence = "unknown",
			.or_confidence = "inferred",
			.attempt = &story->attempts[0],
			.file = "tcp",
			.connection = ONLY_FAMILY,
			.opened_by = "peer",
			.peer = &(struct peer_act){.act = "close"},
			.elusive_peer = true,
		});
	else
		tell(&(struct truth){
			.type = "verdict",
			.cause = "peer-closed",
			.confidence = "observed",
			.or_confidence = "inferred",
			.attempt = &story->attempts[0],
			.file = "tcp",
			.connection = WHOLE_CONNECTION,
			.opened_by = "peer",
			.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
			.peer = &(struct peer_act){.act = "close"},
			.elusive_peer = true,
		});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &after);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	announce(GO);
	await(OWN_STEP);
	ready_and_go();
	await_ends();
	tell_what_can_be_known();
}
