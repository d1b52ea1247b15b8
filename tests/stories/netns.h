/* A network of the story's own: namespaces, their settings, the wire between them, and ends that hear nothing. */
#ifndef TCPBLAME_TESTS_NETNS_H
#define TCPBLAME_TESTS_NETNS_H

/*
 * Moves the caller, and whatever it will start, into a network namespace where there is only a loopback device. The
 * namespace is gone when the last of them is.
 */
void own_network(void);

void bring_up(const char *device); /* in the namespace that the caller is in */

/* The setting @name (as "net/ipv4/tcp_retries2") of the namespace that the caller is in. */
void set_network_setting(const char *name, const char *value);

/* In a network of its own: whoever sends, packets are received on that processor, in whatever context it is. */
void receive_on_cpu(int cpu);

/* The socket drops every packet that it gets, as if the wire were cut: nothing is acknowledged. */
void turn_deaf(int fd);
void turn_deaf_to_data(int fd); /* … but hears what has no payload: an ACK, a FIN, a RST */
void hear_again(int fd);

/* So many connections fit into a listener's queue. */
#define FITTING(backlog) ((backlog) + 1)

/*
 * Its SYN comes while the queue of the story's listener has room: one that meets a full queue is dropped, and draws no
 * RST. Its last ACK comes when others have filled the queue.
 */
int connect_while_queue_fills(int backlog);

/* A peer that lives, and hears nothing from OWN_STEP until OVER. */
void peer_turns_deaf(void);

#endif
