/*
 * The server's network is taken away (its address, for one), and then the server is killed by SIGKILL: the FIN that its
 * kernel sends for it cannot leave. The client writes and gets no answer, until its TCP_USER_TIMEOUT is over. The write
 * after that takes the ETIMEDOUT, without a signal; the next one is killed by SIGPIPE. Nobody has answered, since the
 * server is dead.
 */
#include "netns.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1500 };

static void make_networks(void)
{
	two_networks();
	/* The client's host does not ask in vain where the server's address is, or it would be unreachable. */
	set_network_setting("net/ipv4/neigh/near/delay_first_probe_time", "60");
	set_network_setting("net/ipv6/neigh/near/delay_first_probe_time", "60");
	enter_far_network();
	/* What is for an address that is gone is dropped, and does not find the server's socket. */
	set_network_setting("net/ipv4/ip_forward", "0");
	set_network_setting("net/ipv4/tcp_early_demux", "0");
	return_to_near_network();
	story->server[0] = FAR_IPV4;
	story->server[1] = FAR_IPV6;
}

static void server(void)
{
	enter_far_network();
	peer_accepts();
	await(OWN_STEP);
	/* Its routes go with it. */
	remove_address("far", FAR_IPV4, FAR_IPV6);
	announce(SECOND_STEP);
	for (;;)
		pause();
}

static void client(void)
{
	unsigned timeout_ms = TIMEOUT_MS;
	int fd = us_connects();

	check(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms)) == 0, "TCP_USER_TIMEOUT");
	announce(OWN_STEP);
	await(THIRD_STEP);
	wait_for_state(fd, TCP_ESTABLISHED);
	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, ETIMEDOUT);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	make_networks();
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, SIGKILL, &story->peer);
	ready_and_go();
	await(SECOND_STEP);
	kill(story->peer.pid, SIGKILL);
	await_end_of(&story->peer);
	announce(THIRD_STEP);
	await_ends();
	report_writes(&(struct truth){
		.cause = "timed-out",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.why = &(struct why){.code = "killed", .process = &story->peer, .signal = "SIGKILL"},
		.no_fin_received = true,
	});
}
