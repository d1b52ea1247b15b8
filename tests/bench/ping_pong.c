/*
 * A load: 64 B there and 64 B back over loopback, one after the other, between two processes.
 *
 *   ping_pong --seconds N     prints how many a second there and back
 */
#include "loopback.h"
#include "timed_load.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES 64

static void send_all(int fd, const char *message)
{
	if (send(fd, message, BYTES, 0) != BYTES)
		die("send");
}

/* False where the other end has closed. */
static int receive_all(int fd, char *message)
{
	const ssize_t got = recv(fd, message, BYTES, MSG_WAITALL);

	if (got != BYTES && got != 0)
		die("recv");
	return got == BYTES;
}

static void no_delay(int fd)
{
	int yes = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)))
		die("TCP_NODELAY");
}

static void answer(const struct sockaddr_in *address)
{
	char message[BYTES];
	const int fd = connect_to(address);

	no_delay(fd);
	while (receive_all(fd, message))
		send_all(fd, message);
	_exit(0);
}

int main(int argc, char **argv)
{
	const double seconds = seconds_asked(argc, argv);
	struct sockaddr_in address;
	char message[BYTES] = "ping";
	uint64_t done = 0;

	if (seconds == 0) {
		fprintf(stderr, "usage: ping_pong --seconds N\n");
		return 2;
	}
	const int listener = listen_anywhere(&address);
	const pid_t other = fork();

	if (other == 0)
		answer(&address);
	const int fd = accept(listener, NULL, NULL);

	if (other < 0 || fd < 0)
		die("accept");
	no_delay(fd);
	begin_when_reported(seconds);
	const uint64_t began = now_ns();

	for (; !time_is_up; done++) {
		send_all(fd, message);
		if (!receive_all(fd, message))
			die("recv");
	}
	print_rate(done, began);
	close(fd);
	waitpid(other, NULL, 0);
	return 0;
}
