/*
 * A client and a server in two networks, and a firewall of nftables in one of them that turns the client's packets away
 * once they are connected: in the client's own network on their way out, or in the server's on their way in, with a RST
 * in the server's name, with an ICMP error, or not at all. The server lives on, and has sent nothing.
 */
#include "netns.h"
#include "overheard.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const struct story_option rule = {"rule",
					 {"output-reset", "input-reset", "input-icmp", "input-drop", "output-icmp"}};

static bool is(const char *what)
{
	return strstr(story->choice, what) != NULL;
}

static void turn_away(void)
{
	char rules[256];
	FILE *nft;

	if (is("input"))
		enter_far_network();
	snprintf(rules, sizeof(rules),
		 "table inet wall { chain wall { type filter hook %s priority filter;\n"
		 "tcp dport %d %s\n}\n}\n",
		 is("input") ? "input" : "output", story->port,
		 is("reset")  ? "reject with tcp reset"
		 : is("icmp") ? "reject with icmpx port-unreachable"
			      : "drop");
	nft = popen("nft -f -", "w");
	check(nft && fputs(rules, nft) >= 0 && pclose(nft) == 0, "nft -f");
	return_to_near_network();
}

static void server(void)
{
	int fd;

	enter_far_network();
	fd = peer_accepts();
	live_on(fd);
}

static void client(void)
{
	int fd = us_connects();

	turn_away();
	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, is("reset") ? ECONNRESET : is("icmp") ? ECONNREFUSED : ETIMEDOUT);
}

int main(int argc, char **argv)
{
	int to_client;

	story_begin(argc, argv, &rule);
	two_networks();
	set_network_setting("net/ipv4/tcp_retries2", "2");
	story->server[0] = FAR_IPV4;
	story->server[1] = FAR_IPV6;
	to_client = overhear("near");
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
	/* What is turned away on its way out is answered within this network. */
	check((strcmp(story->choice, "input-reset") == 0) == (resets_overheard(to_client) > 0),
	      "a RST, or none, on the wire");
	report_writes(&(struct truth){
		.cause = is("reset")  ? "peer-aborted"
			 : is("icmp") ? "unreachable"
				      : "timed-out",
		/* The end that lives on may still be reported to be the sender, by a RST that is late. */
		.or_confidence = is("reset") ? "inferred" : NULL,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.reset_origin = is("reset") ? "between" : NULL,
		.icmp = is("icmp") ? "port-unreachable" : NULL,
		.why = &(struct why){.code = is("drop") ? "filtered-here" : "firewall", .confidence = "inferred"},
		.no_peer = true,
		.not_translated = true,
	});
}
