/* Two networks of the story's own, and the wire between them. */
#ifndef TCPBLAME_TESTS_VETH_H
#define TCPBLAME_TESTS_VETH_H

#define NEAR_IPV4 "10.77.0.1"
#define NEAR_IPV6 "fd77::1"
#define FAR_IPV4 "10.77.0.2"
#define FAR_IPV6 "fd77::2"

/* The caller, and whatever it will start, is in the near network then; its device is called "near". */
void two_networks(void);

/*
 * The same, and a process on the way that takes its time with each RST, and with what comes behind it, as a queue full
 * of packets would. It is ended by SIGKILL.
 */
enum { RESET_HELD_MS = 300 };
struct process;
void two_networks_with_slow_resets(struct process *relay_facts);

/*
 * The same, and a third between them with a wire to each, "to-near" and "to-far": neither is up, and nothing has an
 * address.
 */
void two_networks_and_a_middle(void);

/* The caller goes over to the far network; its device is called "far". */
void enter_far_network(void);
void enter_middle_network(void);
void return_to_near_network(void);

/* @device here, @other in the other network. */
void lay_wire(const char *device, const char *other, int other_network);

/*
 * Until a packet passes from one to the other and back; closes both. For an instant after it is up, a device drops what
 * it is given: a SYN would be repeated only after a second.
 */
void wait_for_wire(int near, int far);
int datagram_socket(const char *const addresses[2]); /* bound to the address of the story's family */

/* In the network that the caller is in, for the story's family; each gets the IPv4 and the IPv6 address. */
void add_address(const char *device, const char *ipv4, const char *ipv6);
void remove_address(const char *device, const char *ipv4, const char *ipv6);
void add_route_by_gateway(const char *const to[2], const char *const gateway[2]);
void add_route_by_device(const char *const to[2], const char *device);
void remove_route(const char *ipv4, const char *ipv6, const char *device); /* that came with the address */

/* With the address in a network of its kind, and up. */
void bring_up_end(const char *device, const char *ipv4, const char *ipv6);

/* A network, to come back to or to move a device to; it loses its address on the way, and is down. */
int open_network(void);
void move_device(const char *device, int network);

#endif
