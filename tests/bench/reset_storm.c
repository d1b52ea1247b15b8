/*
 * A load: connections over loopback that a RST tears down, as fast as can be, or so many a second.
 *
 *   reset_storm --port PORT --seconds N [--rate PER_SECOND] [--pairs N]
 *
 * Each pair is a client and a server, processes of their own; the client connects, the server accepts and closes with
 * SO_LINGER 0. Prints how many connections there were, and how many a second.
 */
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_PAIRS 64

struct load {
	unsigned int port;
	unsigned int seconds;
	unsigned int rate; /* of one pair; 0: as fast as can be */
	unsigned int pairs;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Each pair has an address of its own, or the ports of one would run out. */
static struct sockaddr_in address_of(const struct load *load, unsigned int pair)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + pair),
	};
}

static void serve(int listener)
{
	const struct linger reset = {.l_onoff = 1};

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
}

static void wait_for_turn(const struct load *load, uint64_t began, uint64_t made)
{
	if (!load->rate)
		return;
	const uint64_t due = began + made * 1000000000u / load->rate;
	const uint64_t now = now_ns();

	if (due > now + 100000) { /* a shorter sleep would be late anyway */
		const struct timespec left = {.tv_nsec = (long)(due - now) % 1000000000,
					      .tv_sec = (time_t)((due - now) / 1000000000u)};
		nanosleep(&left, NULL);
	}
}

/* Until the RST has come: so no port is used again too early. */
static void connect_until(const struct load *load, const struct sockaddr_in *address, volatile uint64_t *made)
{
	const uint64_t began = now_ns();
	const uint64_t until = began + load->seconds * 1000000000ull;
	char byte;

	while (now_ns() < until) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0)
			die("socket");
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
			if (read(fd, &byte, 1) > 0)
				die("read");
			++*made;
		} else if (errno != ECONNRESET && errno != EADDRNOTAVAIL && errno != ECONNREFUSED) {
			die("connect");
		}
		close(fd);
		wait_for_turn(load, began, *made);
	}
}

static pid_t start_server(int listener)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	return pid;
}

static pid_t start_client(const struct load *load, unsigned int pair, volatile uint64_t *made)
{
	const struct sockaddr_in address = address_of(load, pair);
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		connect_until(load, &address, made);
		_exit(0);
	}
	return pid;
}

static unsigned int number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text || value < least || value > most) {
		fprintf(stderr, "reset_storm: not a number from %lu to %lu: %s\n", least, most, text);
		exit(2);
	}
	return (unsigned int)value;
}

static struct load parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"port", required_argument, NULL, 'p'},
		{"seconds", required_argument, NULL, 's'},
		{"rate", required_argument, NULL, 'r'},
		{"pairs", required_argument, NULL, 'n'},
		{0},
	};
	struct load load = {.pairs = 2};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': load.port = number(optarg, 1, 65535); break;
		case 's': load.seconds = number(optarg, 1, 3600); break;
		case 'r': load.rate = number(optarg, 1, 10000000); break;
		case 'n': load.pairs = number(optarg, 1, MOST_PAIRS); break;
		default: exit(2);
		}
	}
	if (!load.port || !load.seconds) {
		fprintf(stderr, "usage: reset_storm --port PORT --seconds N [--rate PER_SECOND] [--pairs N]\n");
		exit(2);
	}
	load.rate = load.rate ? (load.rate + load.pairs - 1) / load.pairs : 0;
	return load;
}

int main(int argc, char **argv)
{
	const struct load load = parse(argc, argv);
	pid_t servers[MOST_PAIRS], clients[MOST_PAIRS];
	uint64_t *made =
		mmap(NULL, MOST_PAIRS * sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t all = 0;
	int failed = 0;

	if (made == MAP_FAILED)
		die("mmap");
	for (unsigned int pair = 0; pair < load.pairs; ++pair) {
		const struct sockaddr_in address = address_of(&load, pair);
		const int listener = listen_on(&address, 128);

		servers[pair] = start_server(listener);
		close(listener);
	}
	const uint64_t began = now_ns();

	for (unsigned int pair = 0; pair < load.pairs; ++pair)
		clients[pair] = start_client(&load, pair, &made[pair]);
	for (unsigned int pair = 0; pair < load.pairs; ++pair) {
		int status;

		if (waitpid(clients[pair], &status, 0) != clients[pair] || status)
			failed = 1;
	}
	const double seconds = (double)(now_ns() - began) / 1e9;

	for (unsigned int pair = 0; pair < load.pairs; ++pair) {
		kill(servers[pair], SIGKILL);
		waitpid(servers[pair], NULL, 0);
		all += made[pair];
	}
	printf("%llu connections, %.0f a second\n", (unsigned long long)all, (double)all / seconds);
	return failed;
}
