/*
 * A server and its client, each in a network namespace of its own, as in two containers of one host. With "--end
 * close" the client closes, and the server's first write draws a RST from over there; with "--end linger-zero" the
 * client's close sends it at once. Both ends are on this host, whichever namespace they are in: the client is named.
 */
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option end = {"end", {"close", "linger-zero"}};

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
		return;
	}
	await(OWN_STEP);
	close(fd);
	/* Only in this network its socket can be seen. */
	wait_for_peer_state(TCP_FIN_WAIT2);
	announce(SECOND_STEP);
}

static void server(void)
{
	int fd = us_accepts();

	if (lingers()) {
		wait_for_poll(fd, POLLERR | POLLHUP);
		send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	} else {
		announce(OWN_STEP);
		await(SECOND_STEP);
		write_on_seeing_fin(BY_WRITE, fd);
	}
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &end);
	two_networks();
	story->server[0] = NEAR_IPV4;
	story->server[1] = NEAR_IPV6;
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = lingers() ? "peer-aborted" : "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = lingers() ? 0 : 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close", .linger_zero = lingers()},
		.not_translated = true,
	});
}
