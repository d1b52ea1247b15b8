/*
 * The client's close sends a RST, since it leaves 5 bytes unread (or, with "--end linger-zero", since it was reported
 * to): but the RST is held up in the network, and comes 300 ms after the close. The server's next write takes the
 * ECONNRESET, and the one after it is killed by SIGPIPE. Late as it is, it is that close's RST: the client is named.
 */
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct story_option end = {"end", {"unread", "linger-zero"}};

static bool lingers(void)
{
	return strcmp(story->choice, "linger-zero") == 0;
}

static void client(void)
{
	int fd;

	enter_far_network();
	fd = peer_connects();
	if (lingers()) {
		close_with_reset(fd);
	} else {
		wait_for_queue(fd, FIONREAD, 5);
		await(OWN_STEP);
		close(fd);
	}
	announce(SECOND_STEP);
}

static void server(void)
{
	int fd = us_accepts();
	struct pollfd ours = {.fd = fd};

	if (!lingers()) {
		send_in_full(BY_SEND, fd, 5);
		wait_for_queue(fd, SIOCOUTQ, 0);
		announce(OWN_STEP);
	}
	await(SECOND_STEP);
	check(poll(&ours, 1, RESET_HELD_MS / 2) == 0, "a RST that is late");
	write_until_killed(BY_SEND, fd, ECONNRESET);
}

static void report_verdicts(void)
{
	const struct peer_act unread = {.act = "close", .unread = 5};
	const struct peer_act linger_zero = {.act = "close", .linger_zero = true};

	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = lingers() ? &linger_zero : &unread,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &end);
	two_networks_with_slow_resets(&story->other);
	story->server[0] = NEAR_IPV4;
	story->server[1] = NEAR_IPV6;
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	ready_and_go();
	await_end_of(&story->us);
	kill(story->other.pid, SIGKILL);
	await_ends();
	report_verdicts();
}
