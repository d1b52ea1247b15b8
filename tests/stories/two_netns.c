/*
 * A server and its client, each in a network namespace of its own, as in two containers of one host. With "--end
 * close" the client closes, and the server's first write draws a RST from over there; with "--end linger-zero" the
 * client's close sends it at once. Both ends are on this host, whichever namespace they are in: the client is named.
 * With "--end other-way" it is "close", and that RST comes as from nearer than the client's data and its FIN,
 * which nobody has read.
 */
#include "netns.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option end = {"end", {"close", "linger-zero", "other-way"}};

enum { DEFAULT_TTL = 64, TTL_OF_RESET = 61, TTL_OF_DATA = 53, DATA_BYTES = 3 };

static bool lingers(void)
{
	return strcmp(story->choice, "linger-zero") == 0;
}

static bool comes_another_way(void)
{
	return strcmp(story->choice, "other-way") == 0;
}

static void reset_from_nearer(void)
{
	set_network_setting("net/ipv4/ip_default_ttl", "61");
	if (story->family == AF_INET6)
		set_network_setting("net/ipv6/conf/far/hop_limit", "61");
}

static void send_from_farther(int fd)
{
	int ttl = TTL_OF_DATA;

	check(setsockopt(fd, story->family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
			 story->family == AF_INET6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl, sizeof(ttl)) == 0,
	      "the TTL of a socket");
	send_in_full(BY_WRITE, fd, DATA_BYTES);
}

static void client(void)
{
	int fd;

	enter_far_network();
	if (comes_another_way())
		reset_from_nearer();
	fd = peer_connects();
	if (comes_another_way())
		send_from_farther(fd);
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
		if (comes_another_way())
			wait_for_poll(fd, POLLIN);
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
		.bytes = &(struct byte_counts){.unacknowledged = lingers() ? 0 : 3,
					       .unread = comes_another_way() ? DATA_BYTES : 0},
		.reset_packet = {.interface = "near",
				 .ttl = comes_another_way() ? TTL_OF_RESET : DEFAULT_TTL,
				 .data_ttl = comes_another_way() ? TTL_OF_DATA
					     : lingers()	 ? 0
								 : DEFAULT_TTL}, /* of its FIN */
		.peer = &(struct peer_act){.act = "close", .linger_zero = lingers()},
		.not_translated = true,
	});
}
