/*
 * The server's address moves to another host, as at a failover: that one listens on the port too, and knows nothing of
 * the connection. The client has nothing to write; it is a keepalive probe that draws the RST of the new host, or, with
 * "--draws shutdown", its own FIN. No queue was full, and nobody has aborted anything: the old server's end lives on.
 * With "--draws keepalive-before-abort" it is closed in the end with a RST, which has the right sequence number but no
 * way to the client, and comes after the one that the client has got.
 */
#include "netns.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option draws = {"draws", {"keepalive", "shutdown", "keepalive-before-abort"}};

static int third_network;

static bool by_shutdown(void)
{
	return strcmp(story->choice, "shutdown") == 0;
}

static void server(void)
{
	char bytes[3];
	int fd;

	enter_far_network();
	fd = peer_accepts();
	check(recv(fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes), "the client's bytes");
	await(OWN_STEP);
	move_device("far", third_network);
	announce(SECOND_STEP);
	await(OVER);
	wait_for_state(fd, TCP_ESTABLISHED);
	if (strcmp(story->choice, "keepalive-before-abort") == 0)
		close_with_reset(fd);
}

static void successor(void)
{
	await(SECOND_STEP);
	check(setns(third_network, CLONE_NEWNET) == 0, "setns");
	bring_up_end("far", FAR_IPV4, FAR_IPV6);
	listening_socket(1);
	announce(THIRD_STEP);
	await(OVER);
}

static void client(void)
{
	char byte;
	int fd = us_connects();

	send_in_full(BY_WRITE, fd, 3);
	wait_for_queue(fd, SIOCOUTQ, 0);
	announce(OWN_STEP);
	await(THIRD_STEP);
	if (by_shutdown()) {
		check(shutdown(fd, SHUT_WR) == 0, "shutdown");
		check(read(fd, &byte, 1) == -1 && errno == ECONNRESET, "the RST that answers a FIN");
		return;
	}
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	const struct truth truth = {
		.type = "teardown",
		.cause = "unknown-connection",
		.or_confidence = "inferred",
		.opened_by = "us",
		.no_peer = true,
	};

	story_begin(argc, argv, &draws);
	own_network();
	third_network = open_network();
	two_networks();
	story->server[0] = FAR_IPV4;
	story->server[1] = FAR_IPV6;
	start_process("client", client, by_shutdown() ? 0 : SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("successor", successor, 0, &story->other);
	ready_and_go();
	await_end_of(&story->us);
	/* One for each. */
	announce(OVER);
	announce(OVER);
	await_ends();
	if (by_shutdown()) {
		report_none("verdict");
		report(&truth);
	} else {
		report_writes(&truth);
	}
}
