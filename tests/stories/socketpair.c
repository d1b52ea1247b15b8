/*
 * Two processes talk over a unix socket pair, until one of them closes its end. The other's next message gets EPIPE
 * and SIGPIPE, as on TCP; but no packet was ever sent, and there is no TCP connection to blame.
 * With "--holder found" both ends are held before the tracer comes: it can know who has the other one.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option holder = {"holder", {"comes-later", "found"}};

static int ends[2];

static bool found(void)
{
	return strcmp(story->choice, "found") == 0;
}

static void worker(void)
{
	close(ends[1]);
	await(OWN_STEP);
	close(ends[0]);
}

static void begin(void)
{
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	start_process("worker", worker, 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
}

static void supervisor(void)
{
	if (found())
		begin();
	announce(SECOND_STEP);
	await(GO);
	if (!found())
		begin();
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], POLLHUP);
	send_in_vain(BY_SENDMSG, ends[1], 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &holder);
	start_process("supervisor", supervisor, SIGPIPE, &story->us);
	await(SECOND_STEP);
	play();
	report_writes(&(struct truth){
		.cause = "unix-peer-closed",
		.file = "unix",
		.connection = NO_CONNECTION,
		.peer = found() ? &(struct peer_act){.act = "held-other-end", .by_any_thread = true} : NULL,
		.no_peer = !found(),
	});
}
