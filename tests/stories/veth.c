#include "veth.h"

#include "netns.h"
#include "story.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DISCARD_PORT = 9 };

/* One request to the kernel, built from front to back. */
struct request {
	struct nlmsghdr header;
	char rest[512];
};

static int near_network = -1;
static int middle_network = -1;
static int far_network = -1;

static void *append(struct request *request, const void *data, size_t size)
{
	char *end = (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);

	check(end + size <= (char *)(request + 1), "the size of a netlink request");
	if (data)
		memcpy(end, data, size);
	request->header.nlmsg_len = (uint32_t)(end + size - (char *)request);
	return end;
}

static void begin(struct request *request, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_HDRLEN;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	append(request, body, size);
}

static struct rtattr *put(struct request *request, unsigned short type, const void *data, size_t size)
{
	const struct rtattr head = {.rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(size)};
	struct rtattr *attribute = append(request, &head, sizeof(head));

	append(request, data, size);
	return attribute;
}

/* What was put since is inside of it. */
static void close_nest(const struct request *request, struct rtattr *attribute)
{
	attribute->rta_len =
		(unsigned short)((const char *)request + request->header.nlmsg_len - (const char *)attribute);
}

static void ask_kernel(const struct request *request, const char *what)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char request[sizeof(struct request)];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	check(fd >= 0, "a netlink socket");
	check(send(fd, request, request->header.nlmsg_len, 0) == (ssize_t)request->header.nlmsg_len, what);
	check(recv(fd, &answer, sizeof(answer), 0) > 0 && answer.header.nlmsg_type == NLMSG_ERROR, what);
	errno = -answer.error.error;
	check(errno == 0, what);
	close(fd);
}

static size_t parse_address(const char *const addresses[2], void *address)
{
	bool ipv6 = story->family == AF_INET6;

	check(inet_pton(story->family, addresses[ipv6], address) == 1, "inet_pton");
	return ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

static size_t prefix_bits(size_t address_size)
{
	return address_size == sizeof(struct in6_addr) ? 64 : 24;
}

static void change_address(uint16_t type, uint16_t flags, const char *device, const char *const addresses[2])
{
	struct ifaddrmsg body = {
		.ifa_family = (unsigned char)story->family,
		/* So that fd77::1 can be used at once. */
		.ifa_flags = IFA_F_NODAD,
		.ifa_index = if_nametoindex(device),
	};
	struct in6_addr address;
	size_t size = parse_address(addresses, &address);
	struct request request;

	body.ifa_prefixlen = (unsigned char)(strcmp(device, "lo") == 0 ? size * 8 : prefix_bits(size));
	begin(&request, type, flags, &body, sizeof(body));
	put(&request, IFA_LOCAL, &address, size);
	put(&request, IFA_ADDRESS, &address, size);
	ask_kernel(&request, "an address");
}

void add_address(const char *device, const char *ipv4, const char *ipv6)
{
	const char *const addresses[2] = {ipv4, ipv6};

	change_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, device, addresses);
}

void remove_address(const char *device, const char *ipv4, const char *ipv6)
{
	const char *const addresses[2] = {ipv4, ipv6};

	change_address(RTM_DELADDR, 0, device, addresses);
}

static void begin_route(struct request *request, const char *const to[2], unsigned char scope)
{
	struct in6_addr address;
	size_t size = parse_address(to, &address);
	const struct rtmsg body = {
		.rtm_family = (unsigned char)story->family,
		.rtm_dst_len = (unsigned char)(size * 8),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = scope,
		.rtm_type = RTN_UNICAST,
	};

	begin(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	put(request, RTA_DST, &address, size);
}

void add_route_by_gateway(const char *const to[2], const char *const gateway[2])
{
	struct in6_addr address;
	size_t size = parse_address(gateway, &address);
	struct request request;

	begin_route(&request, to, RT_SCOPE_UNIVERSE);
	put(&request, RTA_GATEWAY, &address, size);
	ask_kernel(&request, "a route by a gateway");
}

void add_route_by_device(const char *const to[2], const char *device)
{
	unsigned index = if_nametoindex(device);
	struct request request;

	begin_route(&request, to, RT_SCOPE_LINK);
	put(&request, RTA_OIF, &index, sizeof(index));
	ask_kernel(&request, "a route by a device");
}

void remove_route(const char *ipv4, const char *ipv6, const char *device)
{
	const char *const addresses[2] = {ipv4, ipv6};
	const unsigned index = if_nametoindex(device);
	unsigned char network[sizeof(struct in6_addr)];
	size_t size = parse_address(addresses, network);
	const struct rtmsg body = {
		.rtm_family = (unsigned char)story->family,
		.rtm_dst_len = (unsigned char)prefix_bits(size),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_scope = RT_SCOPE_NOWHERE, /* whatever it is */
	};
	struct request request;

	memset(network + prefix_bits(size) / 8, 0, size - prefix_bits(size) / 8);
	begin(&request, RTM_DELROUTE, 0, &body, sizeof(body));
	put(&request, RTA_DST, network, size);
	put(&request, RTA_OIF, &index, sizeof(index));
	ask_kernel(&request, "removing a route");
}

void lay_wire(const char *device, const char *other, int other_network)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC};
	struct request request;
	struct rtattr *info;
	struct rtattr *data;
	struct rtattr *peer;

	begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	put(&request, IFLA_IFNAME, device, strlen(device) + 1);
	info = put(&request, IFLA_LINKINFO, NULL, 0);
	put(&request, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = put(&request, IFLA_INFO_DATA, NULL, 0);
	peer = put(&request, VETH_INFO_PEER, &body, sizeof(body));
	put(&request, IFLA_IFNAME, other, strlen(other) + 1);
	put(&request, IFLA_NET_NS_FD, &other_network, sizeof(other_network));
	close_nest(&request, peer);
	close_nest(&request, data);
	close_nest(&request, info);
	ask_kernel(&request, "a veth pair");
}

void move_device(const char *device, int network)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(device)};
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	put(&request, IFLA_NET_NS_FD, &network, sizeof(network));
	ask_kernel(&request, "moving a device");
}

int open_network(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	check(fd >= 0, "/proc/self/ns/net");
	return fd;
}

void enter_far_network(void)
{
	check(setns(far_network, CLONE_NEWNET) == 0, "setns");
}

void enter_middle_network(void)
{
	check(setns(middle_network, CLONE_NEWNET) == 0, "setns");
}

void return_to_near_network(void)
{
	check(setns(near_network, CLONE_NEWNET) == 0, "setns");
}

void bring_up_end(const char *device, const char *ipv4, const char *ipv6)
{
	char setting[64];

	/* Whoever asks in vain for the other's address asks again soon. */
	snprintf(setting, sizeof(setting), "net/ipv4/neigh/%s/retrans_time_ms", device);
	set_network_setting(setting, "20");
	snprintf(setting, sizeof(setting), "net/ipv6/neigh/%s/retrans_time_ms", device);
	set_network_setting(setting, "20");
	add_address(device, ipv4, ipv6);
	bring_up(device);
}

int datagram_socket(const char *const addresses[2])
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} address = {.any = {.sa_family = (sa_family_t)story->family}};
	int fd = socket(story->family, SOCK_DGRAM, 0);

	check(fd >= 0, "socket");
	if (story->family == AF_INET6) {
		address.ipv6.sin6_port = htons(DISCARD_PORT);
		parse_address(addresses, &address.ipv6.sin6_addr);
	} else {
		address.ipv4.sin_port = htons(DISCARD_PORT);
		parse_address(addresses, &address.ipv4.sin_addr);
	}
	check(bind(fd, &address.any, sizeof(address)) == 0, "bind");
	return fd;
}

static bool passes(int from, int to)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct pollfd arrival = {.fd = to, .events = POLLIN};
	char byte = 0;

	check(getsockname(to, (struct sockaddr *)&address, &size) == 0, "getsockname");
	sendto(from, &byte, 1, 0, (struct sockaddr *)&address, size);
	return poll(&arrival, 1, 10) == 1 && recv(to, &byte, 1, 0) == 1;
}

void wait_for_wire(int near, int far)
{
	int tries = 0;

	while (!passes(near, far) || !passes(far, near))
		check(++tries < 2500, "a packet from one network to the other");
	close(near);
	close(far);
}

static void set_up_ends(void)
{
	int near;
	int far;

	bring_up_end("near", NEAR_IPV4, NEAR_IPV6);
	near = datagram_socket((const char *const[2]){NEAR_IPV4, NEAR_IPV6});
	enter_far_network();
	bring_up_end("far", FAR_IPV4, FAR_IPV6);
	far = datagram_socket((const char *const[2]){FAR_IPV4, FAR_IPV6});
	return_to_near_network();
	wait_for_wire(near, far);
}

void two_networks(void)
{
	own_network();
	far_network = open_network();
	own_network();
	near_network = open_network();
	lay_wire("near", "far", far_network);
	set_up_ends();
}

/* The packet's checksum may be due to be made by a device, as between two ends of a wire: its header says so. */
static int packet_socket(const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	check(fd >= 0, "a packet socket");
	check(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == 0, "PACKET_VNET_HDR");
	check(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0, "PACKET_IGNORE_OUTGOING");
	check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind of a packet socket");
	return fd;
}

static bool is_reset(const unsigned char *frame, size_t size)
{
	const unsigned char *packet = frame + sizeof(struct virtio_net_hdr) + ETH_HLEN;
	const bool ipv6 = packet[0] >> 4 == 6;
	const unsigned char *segment = packet + (ipv6 ? 40 : (packet[0] & 0xf) * 4);
	const struct tcphdr *head = (const struct tcphdr *)segment;

	return segment + sizeof(*head) <= frame + size && packet[ipv6 ? 6 : 9] == IPPROTO_TCP && head->rst;
}

static void pass_on(int from, int to)
{
	static unsigned char frame[1 << 17];
	const struct timespec hold = {.tv_nsec = RESET_HELD_MS * 1000000L};
	ssize_t size = recv(from, frame, sizeof(frame), 0);

	check(size > (ssize_t)(sizeof(struct virtio_net_hdr) + ETH_HLEN), "a packet to pass on");
	if (is_reset(frame, (size_t)size))
		nanosleep(&hold, NULL);
	check(send(to, frame, (size_t)size, 0) == size, "passing on a packet");
}

/* What comes after a RST waits behind it. */
static void relay(void)
{
	struct pollfd wires[2] = {{.events = POLLIN}, {.events = POLLIN}};

	wires[0].fd = packet_socket("to-near");
	wires[1].fd = packet_socket("to-far");
	for (;;) {
		check(poll(wires, 2, -1) > 0, "poll");
		for (int i = 0; i < 2; i++)
			if (wires[i].revents)
				pass_on(wires[i].fd, wires[!i].fd);
	}
}

void two_networks_and_a_middle(void)
{
	own_network();
	far_network = open_network();
	own_network();
	middle_network = open_network();
	lay_wire("to-far", "far", far_network);
	own_network();
	near_network = open_network();
	lay_wire("near", "to-near", middle_network);
}

void two_networks_with_slow_resets(struct process *relay_facts)
{
	two_networks_and_a_middle();
	enter_middle_network();
	bring_up("to-near");
	bring_up("to-far");
	start_process("relay", relay, SIGKILL, relay_facts);
	return_to_near_network();
	close(middle_network);
	set_up_ends();
}
