/*
 * A client and a server in two containers of one host, and a published port between them: the client connects to an
 * address that nobody has, and a router (a third network) sends that to the server, as itself. Neither end knows the
 * other's address. With "--end close" the server closes, and the client's first write draws a RST from over there; with
 * "--end linger-zero" the server's close sends it at once; with "--end cut-off" a firewall drops all, until the client
 * gives up, while the server lives on; with "--end between" the firewall answers the client in the server's name, and
 * the server lives on.
 */
#include "netns.h"
#include "overheard.h"
#include "story.h"
#include "translation.h"
#include "veth.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option end = {"end", {"close", "linger-zero", "cut-off", "between"}};

static bool ends(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static bool by_server(void)
{
	return ends("close") || ends("linger-zero");
}

static int server_accepts(void)
{
	int listener;
	int fd;

	await(GO);
	listener = listening_socket(1);
	offer_service();
	announce(LISTENING);
	fd = accept(listener, NULL, NULL);
	check(fd >= 0, "accept");
	close(listener);
	announce(CONNECTED);
	return fd;
}

static void server(void)
{
	int fd;

	enter_far_network();
	fd = server_accepts();
	await(OWN_STEP);
	if (ends("linger-zero")) {
		close_with_reset(fd);
		return;
	}
	if (ends("close")) {
		close(fd);
		/* Only in this network its socket can be seen. */
		wait_for_peer_state(TCP_FIN_WAIT2);
		announce(SECOND_STEP);
		return;
	}
	live_on(fd);
}

static void cut_off(void)
{
	enter_middle_network();
	set_rules(ends("between") ? "table inet wall { chain f { type filter hook forward priority filter;\n"
				    "iifname \"to-near\" meta l4proto tcp reject with tcp reset\n}\n}\n"
				  : "table inet wall { chain f { type filter hook forward priority filter;\n"
				    "meta l4proto tcp drop\n}\n}\n");
	return_to_near_network();
}

static void client(void)
{
	int fd;

	if (ends("cut-off"))
		set_network_setting("net/ipv4/tcp_retries2", "2");
	fd = us_connects();
	if (!by_server())
		cut_off();
	announce(OWN_STEP);
	if (ends("close")) {
		await(SECOND_STEP);
		write_on_seeing_fin(BY_WRITE, fd);
		flusher_is_killed(fd, 512);
	}
	if (!by_server())
		send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, ends("cut-off") ? ETIMEDOUT : ECONNRESET);
}

/* By the packets: who has sent the RST that came. */
static void check_wires(int from_server, int to_client)
{
	int sent = resets_overheard(from_server);
	int came = resets_overheard(to_client);

	check(by_server() == (sent > 0), "a RST of the server, or none, on its wire");
	check(ends("cut-off") == (came == 0), "a RST, or none, on the client's wire");
}

int main(int argc, char **argv)
{
	int from_server;
	int to_client;

	story_begin(argc, argv, &end);
	translated_networks(true);
	to_client = overhear("near");
	enter_middle_network();
	from_server = overhear("to-far");
	return_to_near_network();
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	ready_and_go();
	await_end_of(&story->us);
	check_wires(from_server, to_client);
	announce(OVER);
	await_ends();
	report_writes(&(struct truth){
		.cause = ends("close")	   ? "peer-closed"
			 : ends("cut-off") ? "timed-out"
					   : "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = ends("linger-zero") ? 0 : 3, .unread = 0},
		.peer = by_server() ? &(struct peer_act){.act = "close", .linger_zero = ends("linger-zero")} : NULL,
		.no_peer = !by_server(),
		/* The end that lives on may still be reported to be the sender, by a RST that is late. */
		.or_confidence = ends("between") ? "inferred" : NULL,
		.why = by_server() ? NULL
				   : &(struct why){.code = ends("between") ? "firewall" : "filtered-here",
						   .confidence = "inferred"},
		.reset_origin = ends("between") ? "between" : NULL,
		.translated = {.local = server_address(), .remote = router_address()},
	});
}
