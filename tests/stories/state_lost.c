/*
 * A client and a server with a translation between them, as in nat.c, that forgets the connection. With "--sent
 * by-client" its entry has expired, the next packet of the client is none that would make a new one, and the router,
 * who has the service's address, answers it with a RST in its own name. With "--sent by-server" the packets of the
 * server are not tracked any more: they come to the client's host untranslated, and that knows no such connection.
 * Nobody has closed anything.
 */
#include "netns.h"
#include "overheard.h"
#include "story.h"
#include "translation.h"
#include "veth.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option sent = {"sent", {"by-client", "by-server"}};

enum { LONGER_THAN_THE_ENTRY_SECONDS = 3 };

static bool by_client(void)
{
	return strcmp(story->choice, "by-client") == 0;
}

/* It writes what is not to be translated any more, unless it is the one whose socket is to live on. */
static void writes_or_lives_on(int fd, bool writes)
{
	if (!writes) {
		live_on(fd);
		return;
	}
	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

static void server(void)
{
	int listener;
	int fd;

	enter_far_network();
	await(GO);
	listener = listening_socket(1);
	offer_service();
	announce(LISTENING);
	fd = by_client() ? accept(listener, NULL, NULL) : us_accepts_from(listener);
	check(fd >= 0, "accept");
	close(listener);
	announce(CONNECTED);
	writes_or_lives_on(fd, !by_client());
}

static void client(void)
{
	int fd = by_client() ? us_connects() : peer_connects();

	if (by_client()) {
		sleep(LONGER_THAN_THE_ENTRY_SECONDS);
	} else {
		enter_middle_network();
		set_rules("table inet forgetful { chain before { type filter hook prerouting priority raw;\n"
			  "iifname \"to-far\" meta l4proto tcp notrack\n}\n}\n");
		return_to_near_network();
	}
	announce(OWN_STEP);
	writes_or_lives_on(fd, by_client());
}

static void forget_soon(void)
{
	enter_middle_network();
	add_address("to-near", SERVICE_IPV4, SERVICE_IPV6);
	set_network_setting("net/netfilter/nf_conntrack_tcp_timeout_established", "1");
	set_network_setting("net/netfilter/nf_conntrack_tcp_loose", "0");
	return_to_near_network();
}

/* By the packets: the RST came over the wire of the end that wrote, and the other end has neither sent nor got one. */
static void check_wires(int to_client, int from_server, int to_server)
{
	check(by_client() == (resets_overheard(to_client) > 0), "a RST, or none, on the client's wire");
	check(!by_client() == (resets_overheard(to_server) > 0), "a RST, or none, on the server's wire");
	check(resets_overheard(from_server) == 0, "no RST of the server");
}

int main(int argc, char **argv)
{
	int from_server;
	int to_server;
	int to_client;

	story_begin(argc, argv, &sent);
	translated_networks(by_client());
	if (by_client())
		forget_soon();
	to_client = overhear("near");
	enter_middle_network();
	from_server = overhear("to-far");
	enter_far_network();
	to_server = overhear("far");
	return_to_near_network();
	start_process("client", client, by_client() ? SIGPIPE : 0, by_client() ? &story->us : &story->peer);
	if (!by_client())
		story->netns = 0;
	start_process("server", server, by_client() ? 0 : SIGPIPE, by_client() ? &story->peer : &story->us);
	ready_and_go();
	await_end_of(&story->us);
	check_wires(to_client, from_server, to_server);
	announce(OVER);
	await_ends();
	report_writes(&(struct truth){
		.cause = "unknown-connection",
		.opened_by = by_client() ? "us" : "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.no_peer = true,
		.why = &(struct why){.code = "state-lost",
				     .confidence = by_client() ? "inferred" : "observed",
				     .min_lasted_ms = 0},
		.translated = {.local = by_client() ? server_address() : story->remote,
			       .remote = by_client() ? router_address() : service_address()},
	});
}
