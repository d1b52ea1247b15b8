/* Connections over loopback, for the loads: listeners, and clients of them. */
#ifndef TCPBLAME_BENCH_LOOPBACK_H
#define TCPBLAME_BENCH_LOOPBACK_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline int listen_on(const struct sockaddr_in *address, int backlog)
{
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
	    bind(fd, (const struct sockaddr *)address, sizeof(*address)) || listen(fd, backlog))
		die("listen");
	return fd;
}

static inline int listen_anywhere(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd;

	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	fd = listen_on(address, 1);
	if (getsockname(fd, (struct sockaddr *)address, &length))
		die("getsockname");
	return fd;
}

static inline int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return fd;
}

#endif
