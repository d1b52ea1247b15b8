/* Sockets, waiting for what happens to them, and the writes that a story makes. */
#include "story.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 5000 };

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t story_address(union address *address)
{
	if (story->port <= 0 || story->port > 65535)
		die("--port N is needed");
	memset(address, 0, sizeof(*address));
	address->any.sa_family = (sa_family_t)story->family;
	if (story->family == AF_INET6) {
		address->ipv6.sin6_port = htons((uint16_t)story->port);
		address->ipv6.sin6_addr = in6addr_loopback;
		if (story->mapped)
			inet_pton(AF_INET6, "::ffff:127.0.0.1", &address->ipv6.sin6_addr);
		if (story->server[1])
			check(inet_pton(AF_INET6, story->server[1], &address->ipv6.sin6_addr) == 1, "inet_pton");
		return sizeof(address->ipv6);
	}
	address->ipv4.sin_port = htons((uint16_t)story->port);
	address->ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (story->server[0])
		check(inet_pton(AF_INET, story->server[0], &address->ipv4.sin_addr) == 1, "inet_pton");
	return sizeof(address->ipv4);
}

static int port_of(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->ipv6.sin6_port : address->ipv4.sin_port);
}

static void print_address(const union address *address, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->ipv6.sin6_addr)) {
		/* Its last four bytes are the IPv4 address. */
		inet_ntop(AF_INET, &address->ipv6.sin6_addr.s6_addr[12], host, sizeof(host));
		snprintf(text, size, "%s:%d", host, port_of(address));
	} else if (address->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address->ipv6.sin6_addr, host, sizeof(host));
		snprintf(text, size, "[%s]:%d", host, port_of(address));
	} else {
		inet_ntop(AF_INET, &address->ipv4.sin_addr, host, sizeof(host));
		snprintf(text, size, "%s:%d", host, port_of(address));
	}
}

/* getpeername() would not do: after a failed connect() there is nobody that it could name. */
static void note_connection(int fd, const union address *remote)
{
	union address local;
	socklen_t size = sizeof(local);

	check(getsockname(fd, &local.any, &size) == 0, "getsockname");
	print_address(&local, story->local, sizeof(story->local));
	print_address(remote, story->remote, sizeof(story->remote));
	story->local_port = port_of(&local);
	story->remote_port = port_of(remote);
}

void note_connection_to_port(int fd)
{
	union address remote;

	story_address(&remote);
	note_connection(fd, &remote);
}

int bound_socket(void)
{
	union address address;
	socklen_t size = story_address(&address);
	int fd = socket(story->family, SOCK_STREAM, story->protocol);

	check(fd >= 0, "socket");
	check(bind(fd, &address.any, size) == 0, "bind");
	return fd;
}

void connect_socket(int fd)
{
	union address address;
	socklen_t size = story_address(&address);

	errno = 0;
	connect(fd, &address.any, size);
}

int connect_to_port(int flags)
{
	int fd = socket(story->family, SOCK_STREAM | flags, story->protocol);

	check(fd >= 0, "socket");
	connect_socket(fd);
	return fd;
}

void connect_to_oneself(int ends[2])
{
	union address address;
	socklen_t size = story_address(&address);
	int listener = socket(story->family, SOCK_STREAM, 0);

	if (story->family == AF_INET6)
		address.ipv6.sin6_port = 0;
	else
		address.ipv4.sin_port = 0;
	check(listener >= 0 && bind(listener, &address.any, size) == 0 && listen(listener, 1) == 0,
	      "listening to oneself");
	check(getsockname(listener, &address.any, &size) == 0, "getsockname");
	ends[0] = socket(story->family, SOCK_STREAM, 0);
	check(ends[0] >= 0 && connect(ends[0], &address.any, size) == 0, "connecting to oneself");
	ends[1] = accept(listener, NULL, NULL);
	check(ends[1] >= 0, "accept");
	close(listener);
}

void set_option(int fd, int level, int option, int value)
{
	check(setsockopt(fd, level, option, &value, sizeof(value)) == 0, "setsockopt");
}

void close_with_reset(int fd)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 0};

	check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0, "SO_LINGER");
	close(fd);
}

int listening_socket(int backlog)
{
	int fd = bound_socket();

	check(listen(fd, backlog) == 0, "listen");
	return fd;
}

static int accept_from(int listener, union address *remote)
{
	socklen_t size = sizeof(*remote);
	int fd = accept(listener, &remote->any, &size);

	check(fd >= 0, "accept");
	return fd;
}

int us_accepts_from(int listener)
{
	union address remote;
	int fd = accept_from(listener, &remote);

	note_connection(fd, &remote);
	return fd;
}

static int accept_one(union address *remote)
{
	int listener;
	int fd;

	await(GO);
	listener = listening_socket(1);
	announce(LISTENING);
	fd = accept_from(listener, remote);
	announce(CONNECTED);
	return fd;
}

int us_accepts(void)
{
	union address remote;
	int fd = accept_one(&remote);

	note_connection(fd, &remote);
	return fd;
}

int peer_accepts(void)
{
	union address remote;

	return accept_one(&remote);
}

int peer_connects(void)
{
	int fd;

	await(LISTENING);
	fd = connect_to_port(0);
	check(errno == 0, "connect");
	/* Closed before it is accepted, the connection would report another story. */
	await(CONNECTED);
	return fd;
}

int us_connects(void)
{
	int fd = peer_connects();

	note_connection_to_port(fd);
	return fd;
}

static void breathe(int *waited_ms, const char *what)
{
	const struct timespec one_ms = {.tv_nsec = 1000000};

	nanosleep(&one_ms, NULL);
	if (++*waited_ms > LONGEST_WAIT_MS)
		die("%s: waited too long", what);
}

void wait_for_state(int fd, int tcp_state)
{
	for (int waited_ms = 0;; breathe(&waited_ms, "TCP state")) {
		struct tcp_info info;
		socklen_t size = sizeof(info);

		check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
		if (info.tcpi_state == tcp_state)
			return;
	}
}

void live_on(int fd)
{
	const struct timespec looked_for = {.tv_nsec = 300 * 1000000L};

	await(OVER);
	wait_for_state(fd, TCP_ESTABLISHED);
	nanosleep(&looked_for, NULL);
}

void wait_for_probe(int fd)
{
	for (int waited_ms = 0;; breathe(&waited_ms, "a probe of a shut window")) {
		struct tcp_info info;
		socklen_t size = sizeof(info);

		check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
		if (info.tcpi_unacked == 0 && info.tcpi_probes > 0)
			return;
	}
}

/* As the kernel's table has it; -1 if there is no such socket in the network that the caller is in. */
static int state_in_table(int local_port, int remote_port)
{
	FILE *table = fopen(story->family == AF_INET6 ? "/proc/net/tcp6" : "/proc/net/tcp", "r");
	int state = -1;

	check(table != NULL, "/proc/net/tcp");
	for (char line[512]; state < 0 && fgets(line, sizeof(line), table);) {
		unsigned local, remote, found;

		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %x", &local, &remote, &found) == 3 &&
		    (int)local == local_port && (int)remote == remote_port)
			state = (int)found;
	}
	fclose(table);
	return state;
}

/* The peer holds no descriptor any more, so it cannot be asked for TCP_INFO; but its socket is in the kernel's table.
 */
void wait_for_peer_state(int tcp_state)
{
	for (int waited_ms = 0; state_in_table(story->remote_port, story->local_port) != tcp_state;
	     breathe(&waited_ms, "the peer's TCP state"))
		;
}

void wait_until_gone(void)
{
	for (int waited_ms = 0; state_in_table(story->local_port, story->remote_port) >= 0;
	     breathe(&waited_ms, "the end of our socket"))
		;
}

void wait_for_poll(int fd, short events)
{
	struct pollfd waiting = {.fd = fd, .events = events};

	/* An error and the state that follows it may be seen one after the other. */
	for (int waited_ms = 0;; breathe(&waited_ms, "poll")) {
		check(poll(&waiting, 1, LONGEST_WAIT_MS) == 1, "poll");
		if ((waiting.revents & events) == events)
			return;
	}
}

void wait_for_queue(int fd, unsigned long request, int bytes)
{
	for (int waited_ms = 0;; breathe(&waited_ms, "bytes in a queue")) {
		int queued = -1;

		check(ioctl(fd, request, &queued) == 0, "SIOCOUTQ or FIONREAD");
		if (queued == bytes)
			return;
	}
}

static char scheduler_state(pid_t pid)
{
	char path[32];
	char line[512];
	FILE *stat;
	const char *name_end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	check(stat && fgets(line, sizeof(line), stat), path);
	fclose(stat);
	name_end = strrchr(line, ')');
	check(name_end && strlen(name_end) > 2, path);
	return name_end[2];
}

void wait_until_asleep(const struct process *process)
{
	for (int waited_ms = 0; scheduler_state(process->pid) != 'S'; breathe(&waited_ms, "a process to sleep"))
		;
}

static const char *syscall_name(enum way way)
{
	static const char *const names[] = {
		[BY_WRITE] = "write",	       [BY_WRITEV] = "writev",	   [BY_SENDMSG] = "sendmsg",
		[BY_SEND] = "sendto", /* send() is no system call of its own */
		[BY_SEND_NOSIGNAL] = "sendto", [BY_SENDMMSG] = "sendmmsg", [BY_PWRITEV2] = "pwritev2",
		[BY_SENDFILE] = "sendfile",    [BY_SPLICE] = "splice",	   [BY_IO_URING] = "io_uring_enter",
	};

	return names[way];
}

ssize_t hand_over(enum way way, int fd, size_t bytes)
{
	static char data[512];
	/* Two pieces, so that the bytes asked for are a sum. */
	struct iovec pieces[] = {
		{.iov_base = data, .iov_len = bytes / 2},
		{.iov_base = data, .iov_len = bytes - bytes / 2},
	};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	struct mmsghdr messages[] = {{.msg_hdr = message}};

	check(bytes <= sizeof(data), "the size of a write");
	errno = 0;
	switch (way) {
	case BY_WRITE: return write(fd, data, bytes);
	case BY_WRITEV: return writev(fd, pieces, 2);
	case BY_SENDMSG: return sendmsg(fd, &message, 0);
	case BY_SEND: return send(fd, data, bytes, 0);
	case BY_SEND_NOSIGNAL: return send(fd, data, bytes, MSG_NOSIGNAL);
	case BY_SENDMMSG: return sendmmsg(fd, messages, 1, 0) == 1 ? (ssize_t)messages[0].msg_len : -1;
	case BY_PWRITEV2: return pwritev2(fd, pieces, 2, -1, 0);
	case BY_SENDFILE: return send_by_sendfile(fd, data, bytes);
	case BY_SPLICE: return send_by_splice(fd, data, bytes);
	case BY_IO_URING: return send_by_io_uring(fd, data, bytes);
	}
	die("no such way to write");
}

void send_in_full(enum way way, int fd, size_t bytes)
{
	check(hand_over(way, fd, bytes) == (ssize_t)bytes, "a write that should succeed");
}

struct attempt *foretell(enum way way, int fd, size_t bytes, int error, const char *disposition)
{
	struct attempt *attempt = &story->attempts[story->attempt_count++];

	check(story->attempt_count <= MAX_ATTEMPTS, "the number of writes in vain");
	/* No other error comes with a SIGPIPE, and one that kills returns none that could be checked. */
	check(!disposition || error == EPIPE, "the error foretold");
	*attempt = (struct attempt){
		.by = story->us,
		.syscall = syscall_name(way),
		.disposition = disposition,
		.fd = fd,
		.error = error,
		.bytes = bytes,
		.elusive_fd = way == BY_IO_URING,
		.elusive_bytes = way == BY_IO_URING || way == BY_SENDMMSG,
	};
	memcpy(attempt->local, story->local, sizeof(attempt->local));
	memcpy(attempt->remote, story->remote, sizeof(attempt->remote));
	attempt->by.tid = tid_for_runner();
	prctl(PR_GET_NAME, attempt->by.comm);
	return attempt;
}

void send_in_vain(enum way way, int fd, size_t bytes, int error, const char *disposition)
{
	ssize_t result;

	foretell(way, fd, bytes, error, disposition);
	result = hand_over(way, fd, bytes);
	check(result == -1 && errno == error, "the result of a write that should fail");
	if (disposition && strcmp(disposition, "killed") == 0)
		die("survived a write whose SIGPIPE should have killed");
}

struct flush {
	int fd;
	size_t bytes;
};

static void *flusher(void *argument)
{
	const struct flush *flush = argument;

	prctl(PR_SET_NAME, "flusher");
	send_in_vain(BY_WRITE, flush->fd, flush->bytes, EPIPE, "killed");
	return NULL;
}

void flusher_is_killed(int fd, size_t bytes)
{
	struct flush flush = {.fd = fd, .bytes = bytes};
	pthread_t thread;

	check(pthread_create(&thread, NULL, flusher, &flush) == 0, "pthread_create");
	pthread_join(thread, NULL);
	die("the flusher came back");
}

_Noreturn void write_until_killed(enum way way, int fd, int error)
{
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(way, fd, 512, error, NULL);
	flusher_is_killed(fd, 512);
}

void wait_for_fin(int fd)
{
	wait_for_state(fd, TCP_CLOSE_WAIT);
	/* Our kernel may delay the ACK of the FIN; a write that overtakes it meets another state, and another RST. */
	wait_for_peer_state(TCP_FIN_WAIT2);
}

void write_after_fin(enum way way, int fd)
{
	wait_for_fin(fd);
	write_on_seeing_fin(way, fd);
}

void write_twice_after_fin(int fd)
{
	write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

void chatty_client(void)
{
	int fd = us_connects();

	announce(SECOND_STEP);
	write_twice_after_fin(fd);
}

void write_on_seeing_fin(enum way way, int fd)
{
	wait_for_state(fd, TCP_CLOSE_WAIT);
	send_in_full(way, fd, 3);
	/* The RST that the write drew has arrived. */
	wait_for_state(fd, TCP_CLOSE);
}
