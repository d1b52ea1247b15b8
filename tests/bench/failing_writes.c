/*
 * A load: writes that fail, one at a time, each on a connection of its own that a peer on this host has closed.
 *
 *   failing_writes PORT COUNT [GAP_MS]
 *
 * The first write after the close succeeds and brings the RST, the second one fails. Prints for each the connection's
 * local port and the moment just before the failing write, in nanoseconds of CLOCK_MONOTONIC.
 */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void close_whoever_comes(int listener)
{
	for (;;)
		close(accept(listener, NULL, NULL));
}

static void wait_for(int fd, short events)
{
	struct pollfd waited = {.fd = fd, .events = events};

	if (poll(&waited, 1, PATIENCE_MS) != 1) {
		fprintf(stderr, "failing_writes: the peer's FIN or RST did not come\n");
		exit(1);
	}
}

static void write_in_vain(const struct sockaddr_in *peer)
{
	struct sockaddr_in local;
	socklen_t length = sizeof(local);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) ||
	    getsockname(fd, (struct sockaddr *)&local, &length))
		die("connect");
	wait_for(fd, POLLIN);
	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
		die("the first send");
	wait_for(fd, 0); /* POLLERR and POLLHUP come unasked */
	const uint64_t moment = now_ns();

	if (send(fd, "x", 1, MSG_NOSIGNAL) != -1 || errno != EPIPE)
		die("the send that was to fail with EPIPE");
	printf("%u %llu\n", ntohs(local.sin_port), (unsigned long long)moment);
	close(fd);
}

int main(int argc, char **argv)
{
	const unsigned long port = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	const unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const unsigned long gap_ms = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	const struct timespec gap = {.tv_sec = (time_t)(gap_ms / 1000), .tv_nsec = (long)(gap_ms % 1000) * 1000000};
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (port == 0 || port > 65535 || count == 0) {
		fprintf(stderr, "usage: failing_writes PORT COUNT [GAP_MS]\n");
		return 2;
	}
	const int listener = listen_on(&address, 16);
	const pid_t peer = fork();

	if (peer < 0)
		die("fork");
	if (peer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_whoever_comes(listener);
	}
	close(listener);
	for (unsigned long made = 0; made < count; made++) {
		write_in_vain(&address);
		nanosleep(&gap, NULL);
	}
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	return 0;
}
