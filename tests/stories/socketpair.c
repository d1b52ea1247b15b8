/*
 * Two processes talk over a unix socket pair, until one of them closes its end. The other's next message gets EPIPE
 * and SIGPIPE, as on TCP; but no packet was ever sent, and there is no TCP connection to blame.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void worker(void)
{
	close(ends[1]);
	await(OWN_STEP);
	close(ends[0]);
}

static void supervisor(void)
{
	await(GO);
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	start_process("worker", worker, 0, &story->peer);
	/* First, so that it is the other process that closes that end for good. */
	close(ends[0]);
	announce(OWN_STEP);
	await_ends();
	wait_for_poll(ends[1], POLLHUP);
	send_in_vain(BY_SENDMSG, ends[1], 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("supervisor", supervisor, SIGPIPE, &story->us);
	ready_and_go();
	await_ends();
	tell(&(struct truth){
		.type = "verdict",
		.cause = "unix-peer-closed",
		.attempt = &story->attempts[0],
		.file = "unix",
		.connection = NO_CONNECTION,
	});
}
