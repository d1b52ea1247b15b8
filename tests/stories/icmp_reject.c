/*
 * A firewall in the middle starts to reject what the client of a live connection sends: it drops each segment that has
 * data, and answers it with an ICMP error. TCP keeps that in mind and goes on trying; when it gives up, the ICMP's
 * error is what the next write takes, without a signal, and the one after it is killed by SIGPIPE.
 * With "--icmp …-recverr" the client has set IP_RECVERR: the next write takes the error at once. That is all, the
 * connection lives on.
 */
#include "middle.h"
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option icmp = {
	"icmp",
	{"port-unreachable", "host-unreachable", "admin-prohibited", "port-unreachable-recverr",
	 "host-unreachable-recverr", "admin-prohibited-recverr"},
};

/* What the kernel makes of them, in IPv4 and in IPv6: icmp_err_convert[] and tab_unreach[]. */
static const struct rejection {
	const char *choice;
	unsigned char code[2];
	int error[2];
	const char *kind[2]; /* as the error alone reports */
} rejections[] = {
	{
		"port-unreachable",
		{ICMP_PORT_UNREACH, ICMP6_DST_UNREACH_NOPORT},
		{ECONNREFUSED, ECONNREFUSED},
		{"port-unreachable", "port-unreachable"},
	},
	{
		"host-unreachable",
		{ICMP_HOST_UNREACH, ICMP6_DST_UNREACH_ADDR},
		{EHOSTUNREACH, EHOSTUNREACH},
		{"host-unreachable-or-filtered", "host-unreachable-or-filtered"},
	},
	{
		"admin-prohibited",
		{ICMP_PKT_FILTERED, ICMP6_DST_UNREACH_ADMIN},
		{EHOSTUNREACH, EACCES},
		{"host-unreachable-or-filtered", "administratively-prohibited"},
	},
};

static const struct rejection *rejection(void)
{
	const struct rejection *found = rejections;

	while (strncmp(story->choice, found->choice, strlen(found->choice)) != 0)
		found++;
	return found;
}

static bool at_once(void)
{
	return strstr(story->choice, "-recverr");
}

static void firewall(void)
{
	int middle = middle_socket();
	struct tcphdr segment;

	announce(OWN_STEP);
	for (;;) {
		segment = next_segment(middle);
		/* No more than an ACK is sent without PSH. */
		if (segment.psh && ntohs(segment.dest) == story->port)
			reject_segment(&segment, over_ipv6() ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH,
				       rejection()->code[over_ipv6()]);
	}
}

static void server(void)
{
	int fd = peer_accepts();

	/* What the firewall drops. */
	turn_deaf(fd);
	announce(SECOND_STEP);
	await(OVER);
	wait_for_state(fd, TCP_ESTABLISHED);
	/* Deaf still, it would wait for an answer to its FIN. */
	hear_again(fd);
	close(fd);
}

static void client(void)
{
	int on = 1;
	int error = rejection()->error[over_ipv6()];
	int fd;

	await(OWN_STEP);
	fd = us_connects();
	if (at_once())
		check(over_ipv6() ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) == 0
				  : setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0,
		      "IP_RECVERR");
	await(SECOND_STEP);
	send_in_full(BY_WRITE, fd, 3);
	if (at_once()) {
		wait_for_poll(fd, POLLERR);
		wait_for_state(fd, TCP_ESTABLISHED);
		send_in_vain(BY_WRITE, fd, 512, error, NULL);
		close_with_reset(fd);
		return;
	}
	write_until_killed(BY_WRITE, fd, error);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &icmp);
	own_network();
	set_network_setting("net/ipv4/tcp_retries2", "2");
	start_process("client", client, at_once() ? 0 : SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("firewall", firewall, SIGKILL, &story->other);
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_end_of(&story->peer);
	kill(story->other.pid, SIGKILL);
	await_ends();
	report_writes(&(struct truth){
		.cause = "unreachable",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.icmp = rejection()->kind[over_ipv6()],
		.no_peer = true,
	});
}
