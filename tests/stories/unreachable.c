/*
 * The server's host, behind a router, goes down. The client's first write succeeds; the router says each time that
 * the host cannot be reached, and TCP goes on trying. When it gives up, the router's word is the error: the second
 * write takes EHOSTUNREACH, without a signal; the third is killed by SIGPIPE.
 */
#include "netns.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

static const char *const server_host[2] = {"10.78.0.1", "fd78::1"};
static const char *const router[2] = {FAR_IPV4, FAR_IPV6};

/* The far network is the router and, as long as it has the address, the server's host. */
static void make_networks(void)
{
	two_networks();
	set_network_setting("net/ipv4/tcp_retries2", "2");
	add_route_by_gateway(server_host, router);
	enter_far_network();
	set_network_setting("net/ipv4/ip_forward", "1");
	set_network_setting("net/ipv6/conf/all/forwarding", "1");
	/* It will send packets back to the wire that they came from, and says only what this story is about. */
	set_network_setting("net/ipv4/conf/all/send_redirects", "0");
	set_network_setting("net/ipv4/conf/far/send_redirects", "0");
	set_network_setting("net/ipv4/icmp_ratelimit", "0");
	set_network_setting("net/ipv6/icmp/ratelimit", "0");
	/* The server's socket stays here and is not to be found by what is to be forwarded. */
	set_network_setting("net/ipv4/tcp_early_demux", "0");
	add_address("lo", server_host[0], server_host[1]);
	return_to_near_network();
	story->server[0] = server_host[0];
	story->server[1] = server_host[1];
}

static void server(void)
{
	int fd;

	enter_far_network();
	fd = peer_accepts();
	await(OWN_STEP);
	/* From here on the router looks for that host on the wire, and nobody there says a word. */
	remove_address("lo", server_host[0], server_host[1]);
	add_route_by_device(server_host, "far");
	announce(SECOND_STEP);
	await(OVER);
	/* No FIN could go out; do not leave a socket that tries. */
	close_with_reset(fd);
}

static void client(void)
{
	int fd = us_connects();

	announce(OWN_STEP);
	await(SECOND_STEP);
	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, EHOSTUNREACH);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	make_networks();
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "unreachable",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.no_peer = true,
	});
}
