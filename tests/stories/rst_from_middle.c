/*
 * A box in the middle, here a process with a raw socket, ends a connection that both ends would keep: it sends the
 * client a RST in the server's name, with the right sequence number. The client's next write takes the ECONNRESET,
 * and the one after it is killed by SIGPIPE. The server has done nothing, and must not be blamed.
 */
#include "netns.h"
#include "story.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/* Addresses of both families with room to spare, as far as a checksum cares. */
struct pseudo_header {
	struct in6_addr source;
	struct in6_addr destination;
	uint32_t length;
	uint32_t protocol;
	struct tcphdr segment;
};

static bool over_ipv6(void)
{
	return story->family == AF_INET6 && !story->mapped;
}

static struct in6_addr loopback(void)
{
	struct in6_addr address = {0};

	if (over_ipv6())
		return in6addr_loopback;
	address.s6_addr32[3] = htonl(INADDR_LOOPBACK);
	return address;
}

/* The zeros that an IPv4 address is preceded by, and the order of the fields, make no difference to the sum. */
static uint16_t checksum(const struct tcphdr *segment)
{
	struct pseudo_header whole = {
		.source = loopback(),
		.destination = loopback(),
		.length = htonl(sizeof(*segment)),
		.protocol = htonl(IPPROTO_TCP),
		.segment = *segment,
	};
	uint16_t words[sizeof(whole) / 2];
	uint32_t sum = 0;

	memcpy(words, &whole, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void send_reset(int raw, const struct tcphdr *syn_ack)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} to = {.ipv6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback}};
	struct tcphdr reset = {
		.source = syn_ack->source,
		.dest = syn_ack->dest,
		.seq = htonl(ntohl(syn_ack->seq) + 1), /* the server has said nothing since */
		.doff = sizeof(reset) / 4,
		.rst = 1,
	};

	if (!over_ipv6())
		to.ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	reset.check = checksum(&reset);
	check(sendto(raw, &reset, sizeof(reset), 0, &to.any, sizeof(to)) == sizeof(reset), "sending a RST");
}

/* A raw socket gets a copy of each packet: with its header in IPv4, without in IPv6. */
static struct tcphdr next_segment(int raw)
{
	unsigned char packet[256];
	struct tcphdr segment;
	ssize_t size = recv(raw, packet, sizeof(packet), 0);
	size_t header = over_ipv6() ? 0 : (packet[0] & 0xfu) * 4;

	check(size >= (ssize_t)(header + sizeof(segment)), "a TCP packet");
	memcpy(&segment, packet + header, sizeof(segment));
	return segment;
}

static void middle(void)
{
	int raw = socket(over_ipv6() ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_TCP);
	struct tcphdr segment;

	check(raw >= 0, "a raw socket");
	announce(OWN_STEP);
	/* There is no other connection in this network. */
	do
		segment = next_segment(raw);
	while (!(segment.syn && segment.ack));
	await(SECOND_STEP);
	send_reset(raw, &segment);
}

static void server(void)
{
	peer_accepts();
	await(OVER);
}

static void client(void)
{
	int fd;

	await(OWN_STEP);
	fd = us_connects();
	announce(SECOND_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	flusher_is_killed(fd, 512);
}

static void tell_verdict(const struct attempt *attempt, const char *modifier)
{
	tell(&(struct truth){
		.type = "verdict",
		.cause = "peer-aborted",
		.confidence = "inferred",
		.modifier = modifier,
		.attempt = attempt,
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.no_peer = true,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	own_network();
	start_process("client", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->peer);
	start_process("middlebox", middle, 0, &story->other);
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
	tell_verdict(&story->attempts[0], NULL);
	tell_verdict(&story->attempts[1], "error-already-taken");
}
