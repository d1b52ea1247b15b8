/* A box in the middle, here a process with raw sockets: it hears each packet of a loopback network, and forges others.
 */
#ifndef TCPBLAME_TESTS_MIDDLE_H
#define TCPBLAME_TESTS_MIDDLE_H

#include <netinet/tcp.h>
#include <stdbool.h>

/* Not so with an IPv4 address on an IPv6 socket. */
bool over_ipv6(void);

int middle_socket(void);

/* Of the story's one connection: there is no other in its network. */
struct tcphdr next_segment(int middle);

/* The other end's answer to @segment, if it were a RST. */
void reset_sender_of(const struct tcphdr *segment, int middle);

/* A RST that seems to come from the sender of @segment, which is a SYN-ACK or has no data. */
void reset_receiver_of(const struct tcphdr *segment, int middle);

/* A router's word, to the sender of @segment, that it cannot be delivered: an ICMP error of IPv4 or of ICMPv6. */
void reject_segment(const struct tcphdr *segment, unsigned char type, unsigned char code);

#endif
