#include "translation.h"

#include "netns.h"
#include "story.h"
#include "veth.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_IPV4 "10.77.0.1"
#define CLIENT_IPV6 "fd77::1"
#define GATEWAY_IPV4 "10.77.0.254"
#define GATEWAY_IPV6 "fd77::fe"

static bool ipv6(void)
{
	return story->family == AF_INET6;
}

void set_rules(const char *rules)
{
	FILE *nft = popen("nft -f -", "w");

	check(nft != NULL, "nft");
	check(fputs(rules, nft) >= 0, "nft's rules");
	check(pclose(nft) == 0, "nft -f");
}

static void route(void)
{
	set_network_setting(ipv6() ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward", "1");
	bring_up_end("to-near", GATEWAY_IPV4, GATEWAY_IPV6);
	bring_up_end("to-far", ROUTER_IPV4, ROUTER_IPV6);
}

static void translate(bool masquerades)
{
	char rules[512];

	snprintf(rules, sizeof(rules),
		 "table inet translation {\n"
		 "chain before { type nat hook prerouting priority dstnat;\n"
		 "%s daddr %s tcp dport %d dnat %s to %s\n}\n"
		 "%s}\n",
		 ipv6() ? "ip6" : "ip", ipv6() ? SERVICE_IPV6 : SERVICE_IPV4, story->port, ipv6() ? "ip6" : "ip",
		 ipv6() ? SERVER_IPV6 : SERVER_IPV4,
		 masquerades ? "chain after { type nat hook postrouting priority srcnat;\n"
			       "oifname \"to-far\" meta l4proto tcp masquerade\n}\n"
			     : "");
	set_rules(rules);
}

static void set_up_ends(void)
{
	int near;
	int far;

	bring_up_end("near", CLIENT_IPV4, CLIENT_IPV6);
	add_route_by_gateway((const char *const[2]){SERVICE_IPV4, SERVICE_IPV6},
			     (const char *const[2]){GATEWAY_IPV4, GATEWAY_IPV6});
	add_route_by_gateway((const char *const[2]){SERVER_IPV4, SERVER_IPV6},
			     (const char *const[2]){GATEWAY_IPV4, GATEWAY_IPV6});
	near = datagram_socket((const char *const[2]){CLIENT_IPV4, CLIENT_IPV6});
	enter_far_network();
	bring_up_end("far", SERVER_IPV4, SERVER_IPV6);
	add_route_by_gateway((const char *const[2]){CLIENT_IPV4, CLIENT_IPV6},
			     (const char *const[2]){ROUTER_IPV4, ROUTER_IPV6});
	far = datagram_socket((const char *const[2]){SERVER_IPV4, SERVER_IPV6});
	return_to_near_network();
	wait_for_wire(near, far);
}

void routed_networks(void)
{
	two_networks_and_a_middle();
	enter_middle_network();
	route();
	return_to_near_network();
	set_up_ends();
	story->server[0] = SERVER_IPV4;
	story->server[1] = SERVER_IPV6;
}

void translated_networks(bool masquerades)
{
	routed_networks();
	enter_middle_network();
	translate(masquerades);
	return_to_near_network();
}

void offer_service(void)
{
	story->server[0] = SERVICE_IPV4;
	story->server[1] = SERVICE_IPV6;
}

static const char *address_text(const char *host, int port)
{
	static char texts[2][64];
	static int used;
	char *text = texts[used++ % 2];

	snprintf(text, sizeof(texts[0]), ipv6() ? "[%s]:%d" : "%s:%d", host, port);
	return text;
}

const char *server_address(void)
{
	return address_text(ipv6() ? SERVER_IPV6 : SERVER_IPV4, story->port);
}

const char *router_address(void)
{
	return address_text(ipv6() ? ROUTER_IPV6 : ROUTER_IPV4, story->local_port);
}

const char *service_address(void)
{
	return address_text(ipv6() ? SERVICE_IPV6 : SERVICE_IPV4, story->port);
}
