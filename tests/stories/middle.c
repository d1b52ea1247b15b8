#include "middle.h"

#include "story.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Addresses of both families with room to spare, as far as a checksum cares. */
struct pseudo_header {
	struct in6_addr source;
	struct in6_addr destination;
	uint32_t length;
	uint32_t protocol;
	struct tcphdr segment;
};

bool over_ipv6(void)
{
	return story->family == AF_INET6 && !story->mapped;
}

static int raw_socket(int protocol)
{
	int fd = socket(over_ipv6() ? AF_INET6 : AF_INET, SOCK_RAW, protocol);

	check(fd >= 0, "a raw socket");
	return fd;
}

int middle_socket(void)
{
	return raw_socket(IPPROTO_TCP);
}

static struct in6_addr loopback(void)
{
	struct in6_addr address = {0};

	if (over_ipv6())
		return in6addr_loopback;
	address.s6_addr32[3] = htonl(INADDR_LOOPBACK);
	return address;
}

/* @size is even. */
static uint16_t checksum(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2) {
		uint16_t word;

		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The zeros that an IPv4 address is preceded by, and the order of the fields, make no difference to the sum. */
static uint16_t segment_checksum(const struct tcphdr *segment)
{
	const struct pseudo_header whole = {
		.source = loopback(),
		.destination = loopback(),
		.length = htonl(sizeof(*segment)),
		.protocol = htonl(IPPROTO_TCP),
		.segment = *segment,
	};

	return checksum(&whole, sizeof(whole));
}

static void send_from_middle(int fd, const void *packet, size_t size)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} to = {.ipv6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback}};

	if (!over_ipv6())
		to.ipv4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(sendto(fd, packet, size, 0, &to.any, sizeof(to)) == (ssize_t)size, "sending a forged packet");
}

static void send_reset(int middle, uint16_t source, uint16_t destination, uint32_t sequence)
{
	struct tcphdr reset = {
		.source = source,
		.dest = destination,
		.seq = sequence,
		.doff = sizeof(reset) / 4,
		.rst = 1,
	};

	reset.check = segment_checksum(&reset);
	send_from_middle(middle, &reset, sizeof(reset));
}

void reset_sender_of(const struct tcphdr *segment, int middle)
{
	send_reset(middle, segment->dest, segment->source, segment->ack_seq);
}

void reset_receiver_of(const struct tcphdr *segment, int middle)
{
	send_reset(middle, segment->source, segment->dest, htonl(ntohl(segment->seq) + segment->syn));
}

/* A raw socket gets a copy of each packet: with its header in IPv4, without in IPv6. */
struct tcphdr next_segment(int middle)
{
	unsigned char packet[2048];
	struct tcphdr segment;
	ssize_t size = recv(middle, packet, sizeof(packet), 0);
	size_t header = over_ipv6() ? 0 : (packet[0] & 0xfu) * 4;

	check(size >= (ssize_t)(header + sizeof(segment)), "a TCP packet");
	memcpy(&segment, packet + header, sizeof(segment));
	return segment;
}

void reject_segment(const struct tcphdr *segment, unsigned char type, unsigned char code)
{
	int fd = raw_socket(over_ipv6() ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	struct {
		struct icmphdr head;
		struct iphdr quoted;
		struct tcphdr segment;
	} ipv4 = {
		.head = {.type = type, .code = code},
		.quoted = {.version = 4, .ihl = sizeof(ipv4.quoted) / 4, .ttl = 64, .protocol = IPPROTO_TCP},
		.segment = *segment,
	};
	struct {
		struct icmp6_hdr head;
		struct ip6_hdr quoted;
		struct tcphdr segment;
	} ipv6 = {
		.head = {.icmp6_type = type, .icmp6_code = code},
		.quoted = {.ip6_src = in6addr_loopback, .ip6_dst = in6addr_loopback},
		.segment = *segment,
	};

	ipv4.quoted.saddr = ipv4.quoted.daddr = htonl(INADDR_LOOPBACK);
	ipv4.quoted.tot_len = htons(sizeof(ipv4.quoted) + sizeof(ipv4.segment));
	ipv4.head.checksum = checksum(&ipv4, sizeof(ipv4));
	ipv6.quoted.ip6_vfc = 6 << 4;
	ipv6.quoted.ip6_nxt = IPPROTO_TCP;
	ipv6.quoted.ip6_hlim = 64;
	ipv6.quoted.ip6_plen = htons(sizeof(ipv6.segment));
	/* The checksum of ICMPv6 is made by the kernel. */
	send_from_middle(fd, over_ipv6() ? (const void *)&ipv6 : &ipv4, over_ipv6() ? sizeof(ipv6) : sizeof(ipv4));
	close(fd);
}
