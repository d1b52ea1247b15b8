/*
 * A load: one thread sends 64 B with MSG_MORE in a tight loop over loopback, where a sink reads all of it.
 * MSG_MORE keeps most sends from making a packet, so that what is measured is the send path itself.
 * Prints the nanoseconds that a send took, on average.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_anywhere(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0 || bind(fd, (struct sockaddr *)address, length) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)address, &length))
		die("listen");
	return fd;
}

static void sink(const struct sockaddr_in *address)
{
	static char buffer[1 << 20];
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	_exit(0);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	const long sends = argc > 1 ? atol(argv[1]) : 2000000;
	struct sockaddr_in address;
	char message[64];
	int listener = listen_anywhere(&address);
	pid_t reader = fork();

	if (reader == 0)
		sink(&address);
	int fd = accept(listener, NULL, NULL);

	if (reader < 0 || fd < 0)
		die("accept");
	memset(message, 'x', sizeof(message));
	const uint64_t began = now_ns();

	for (long i = 0; i < sends; i++)
		if (send(fd, message, sizeof(message), MSG_MORE) != (ssize_t)sizeof(message))
			die("send");
	printf("%.2f\n", (double)(now_ns() - began) / (double)sends);
	close(fd);
	waitpid(reader, NULL, 0);
	return 0;
}
