/*
 * Thousands of short connections from a few client ports, one after the other: the kernel uses its sockets, the pairs
 * of addresses and the descriptors again at once. In each the server sends another number of bytes, and in each the
 * client aborts. Mostly the server, which has nothing more to say, closes too. Every tenth time it writes once more
 * and takes the ECONNRESET; the client had then closed with all bytes unread or, by turns, with SO_LINGER 0. The
 * number of bytes unread and the client's port report which connection a verdict is about. For a recording that is
 * kept, 200 show the same.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PER_VERDICT = 10, FIRST_CLIENT_PORT = 40001, CLIENT_PORTS = 4 };

static const struct story_option connections = {"connections", {"2000", "200"}};

static int count(void)
{
	return atoi(story->choice);
}

static bool fails(int number)
{
	return number % PER_VERDICT == 0;
}

static bool left_unread(int number)
{
	return number % (2 * PER_VERDICT) == 0;
}

/* No two connections near to each other send the same number of bytes. */
static size_t payload(int number)
{
	return (size_t)(1 + number % 499);
}

static int socket_at(int port)
{
	const int on = 1;
	const struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(story->family, SOCK_STREAM, 0);

	check(fd >= 0, "socket");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0, "SO_REUSEADDR");
	if (story->family == AF_INET6)
		check(bind(fd, (const struct sockaddr *)&ipv6, sizeof(ipv6)) == 0, "bind");
	else
		check(bind(fd, (const struct sockaddr *)&ipv4, sizeof(ipv4)) == 0, "bind");
	return fd;
}

static void client(void)
{
	char data[512];

	await(LISTENING);
	for (int number = 1; number <= count(); number++) {
		int fd = socket_at(FIRST_CLIENT_PORT + number % CLIENT_PORTS);

		connect_socket(fd);
		check(errno == 0, "connect");
		wait_for_queue(fd, FIONREAD, (int)payload(number));
		if (!left_unread(number))
			check(read(fd, data, sizeof(data)) == (ssize_t)payload(number), "read");
		await(OWN_STEP);
		close_with_reset(fd);
		/* The port is free only when the server's kernel has seen the RST. */
		await(SECOND_STEP);
	}
}

static void server(void)
{
	int listener;

	await(GO);
	listener = listening_socket(1);
	announce(LISTENING);
	for (int number = 1; number <= count(); number++) {
		int fd = us_accepts_from(listener);

		send_in_full(BY_WRITE, fd, payload(number));
		/* Acknowledged, so that the RST leaves nothing of ours in doubt. */
		wait_for_queue(fd, SIOCOUTQ, 0);
		announce(OWN_STEP);
		wait_for_poll(fd, POLLERR | POLLHUP);
		if (fails(number))
			send_in_vain(BY_WRITE, fd, payload(number), ECONNRESET, NULL);
		close(fd);
		announce(SECOND_STEP);
	}
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &connections);
	own_network();
	us_and_peer("orders-api", server, 0, "client", client);
	for (int number = PER_VERDICT; number <= count(); number += PER_VERDICT) {
		const struct peer_act act = {
			.act = "close",
			.linger_zero = !left_unread(number),
			.unread = left_unread(number) ? (int)payload(number) : 0,
		};

		report(&(struct truth){
			.type = "verdict",
			.cause = "peer-aborted",
			.attempt = &story->attempts[number / PER_VERDICT - 1],
			.file = "tcp",
			.opened_by = "peer",
			.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
			.peer = &act,
		});
	}
}
