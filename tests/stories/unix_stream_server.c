/*
 * A server listens on a unix socket, and another process connects to it. Either that one closes and the server writes,
 * or the server closes its end and the client writes: EPIPE and SIGPIPE. Each end knows who made the other
 * (SO_PEERCRED): the server who connected, the client who listens.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct story_option us = {"us", {"server", "client"}};

static bool us_serves(void)
{
	return strcmp(story->choice, "server") == 0;
}

/* Of the abstract kind, which leaves no file behind. */
static struct sockaddr_un address(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	snprintf(&name.sun_path[1], sizeof(name.sun_path) - 1, "tcpblame-story-%d", story->us.pid);
	return name;
}

static pid_t maker_of_other_end(int fd)
{
	struct ucred maker;
	socklen_t size = sizeof(maker);

	check(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &maker, &size) == 0, "SO_PEERCRED");
	return maker.pid;
}

/* Us writes when the other end is closed; the peer closes, and lives on. */
static void end_as(bool us_is_caller, int fd)
{
	if (us_is_caller) {
		check(maker_of_other_end(fd) == story->peer.pid, "the other end's maker");
		announce(OWN_STEP);
		wait_for_poll(fd, POLLHUP);
		send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
	}
	await(OWN_STEP);
	close(fd);
	await(OVER);
}

static void server(void)
{
	const struct sockaddr_un name = address();
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int fd;

	await(GO);
	check(listener >= 0, "socket");
	check(bind(listener, (const struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	check(listen(listener, 1) == 0, "listen");
	announce(LISTENING);
	fd = accept(listener, NULL, NULL);
	check(fd >= 0, "accept");
	end_as(us_serves(), fd);
}

static void client(void)
{
	const struct sockaddr_un name = address();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	await(LISTENING);
	check(fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0, "connect");
	end_as(!us_serves(), fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &us);
	start_process(us_serves() ? "server" : "client", us_serves() ? server : client, SIGPIPE, &story->us);
	start_process(us_serves() ? "client" : "server", us_serves() ? client : server, 0, &story->peer);
	play();
	report_writes(&(struct truth){
		.cause = "unix-peer-closed",
		.file = "unix",
		.connection = NO_CONNECTION,
		.peer = &(struct peer_act){.act = file_close_is_seen() ? "close" : "connected-other-end",
					   .by_pid = true},
	});
}
