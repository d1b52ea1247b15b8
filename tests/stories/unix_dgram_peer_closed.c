/*
 * Two processes send each other datagrams over unix sockets, a pair or one that is bound and one that is connected to
 * it, until one of them closes its own. The other's next datagram gets ECONNREFUSED, and no signal: that is what a
 * closed other end is called here.
 */
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct story_option made_by = {"made-by", {"socketpair", "connect"}};

static int ends[2];

static void listener(void)
{
	close(ends[1]);
	close(ends[0]);
	announce(OWN_STEP);
	await(OVER);
}

static void connect_ends(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	/* Of the abstract kind, which leaves no file behind. */
	snprintf(&name.sun_path[1], sizeof(name.sun_path) - 1, "tcpblame-story-%d", getpid());
	for (int i = 0; i < 2; i++) {
		ends[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
		check(ends[i] >= 0, "socket");
	}
	check(bind(ends[0], (struct sockaddr *)&name, sizeof(name)) == 0, "bind");
	check(connect(ends[1], (struct sockaddr *)&name, sizeof(name)) == 0, "connect");
}

static void talker(void)
{
	await(GO);
	if (strcmp(story->choice, "connect") == 0)
		connect_ends();
	else
		check(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0, "socketpair");
	send_in_full(BY_SEND, ends[1], 5);
	start_process("listener", listener, 0, &story->peer);
	close(ends[0]);
	await(OWN_STEP);
	send_in_vain(BY_SEND, ends[1], 512, ECONNREFUSED, NULL);
	announce(OVER);
	await_ends();
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &made_by);
	start_process("talker", talker, 0, &story->us);
	play();
	report_writes(&(struct truth){
		.cause = "unix-peer-closed",
		.file = "unix",
		.connection = NO_CONNECTION,
		/* SO_PEERCRED of a pair is whoever made it: here, us. */
		.no_peer = true,
	});
}
