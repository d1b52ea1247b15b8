/*
 * A server with 1,000 connections is killed by SIGKILL, with a byte unread in each: 1,000 RSTs go out. The client
 * writes on each connection, and gets an ECONNRESET each time. For a recording that is kept, 50 show the same.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1000, DESCRIPTORS = MOST_CONNECTIONS + 64 };

static const struct story_option connections = {"connections", {"1000", "50"}};

static int count(void)
{
	return atoi(story->choice);
}

static void allow_many_descriptors(void)
{
	const struct rlimit limit = {.rlim_cur = DESCRIPTORS, .rlim_max = DESCRIPTORS};

	check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
}

static void server(void)
{
	int fds[MOST_CONNECTIONS];
	int listener;

	allow_many_descriptors();
	await(GO);
	listener = listening_socket(count());
	announce(LISTENING);
	for (int i = 0; i < count(); i++) {
		fds[i] = accept(listener, NULL, NULL);
		check(fds[i] >= 0, "accept");
	}
	for (int i = 0; i < count(); i++)
		wait_for_queue(fds[i], FIONREAD, 1);
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void client(void)
{
	int fds[MOST_CONNECTIONS];

	signal(SIGPIPE, SIG_IGN);
	allow_many_descriptors();
	await(LISTENING);
	for (int i = 0; i < count(); i++) {
		fds[i] = connect_to_port(0);
		check(errno == 0, "connect");
		send_in_full(BY_WRITE, fds[i], 1);
	}
	/* Acknowledged, so that the RST leaves nothing of ours in doubt. */
	for (int i = 0; i < count(); i++)
		wait_for_queue(fds[i], SIOCOUTQ, 0);
	announce(SECOND_STEP);
	for (int i = 0; i < count(); i++)
		wait_for_poll(fds[i], POLLERR | POLLHUP);
	for (int i = 0; i < count(); i++)
		check(hand_over(BY_WRITE, fds[i], 512) == -1 && errno == ECONNRESET, "a write after the RST");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &connections);
	start_process("client", client, 0, &story->us);
	start_process("server", server, SIGKILL, &story->peer);
	ready_and_go();
	await(OWN_STEP);
	await(SECOND_STEP);
	kill(story->peer.pid, SIGKILL);
	await_ends();
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-aborted",
		.count = count(),
		.attempt =
			&(struct attempt){
				.by = story->us,
				.syscall = "write",
				.fd = -1, /* another one each time */
				.error = ECONNRESET,
				.bytes = 512,
			},
		.file = "tcp",
		.connection = ONLY_FAMILY,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.unread_by_peer = 1,
		.peer = &(struct peer_act){.act = "killed", .signal = "SIGKILL", .unread = 1},
	});
}
