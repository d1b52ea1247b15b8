/*
 * The client writes, closes and thinks no more of it; but the network swallows everything that the server's host is
 * sent. The kernel repeats the client's bytes for a while, and gives up without a word: there is no process that it
 * could report. No write has failed, so nothing is expected to anybody who did not ask for all.
 */
#include "netns.h"
#include "story.h"

#include <string.h>
#include <unistd.h>

/* What the tool is asked for: with "all" it must report this connection too. */
static const struct story_option asked_for = {"asked-for", {"broken", "all"}};

static void client(void)
{
	int fd = us_connects();

	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, 3);
	close(fd);
	wait_until_gone();
	announce(OVER);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &asked_for);
	own_network();
	set_network_setting("net/ipv4/tcp_orphan_retries", "1");
	us_and_peer("client", client, 0, "server", peer_turns_deaf);
	report_none("verdict");
	if (strcmp(story->choice, "broken") == 0)
		report_none("teardown");
	else
		report(&(struct truth){
			.type = "teardown",
			.cause = "timed-out",
			.opened_by = "us",
			.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
			.no_peer = true,
			.timeout = &(struct timeout){.kind = "retransmission", .min_retransmits = 1},
		});
}
