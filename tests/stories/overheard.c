#include "overheard.h"

#include "story.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

int overhear(const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int on = 1;
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	check(fd >= 0, "a packet socket");
	check(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0, "PACKET_IGNORE_OUTGOING");
	check(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind of a packet socket");
	return fd;
}

int resets_overheard(int fd)
{
	unsigned char packet[256];
	int resets = 0;

	for (;;) {
		ssize_t size = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		bool ipv6 = size > 0 && packet[0] >> 4 == 6;
		size_t header = ipv6 ? 40 : (packet[0] & 0xfu) * 4;
		const struct tcphdr *segment = (const struct tcphdr *)(packet + header);

		if (size < 0)
			return resets;
		if ((size_t)size >= header + sizeof(*segment) && packet[ipv6 ? 6 : 9] == IPPROTO_TCP && segment->rst)
			resets++;
	}
}
