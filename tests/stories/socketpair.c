/*
 * Two processes talk over a unix socket pair, until one of them closes its end. The other's next message gets EPIPE
 * and SIGPIPE, as on TCP; but no packet was ever sent, and there is no TCP connection to blame.
 */
#include "pair.h"

#include <poll.h>
#include <sys/socket.h>

static int make(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

int main(int argc, char **argv)
{
	play_pair_story(argc, argv,
			&(struct pair_story){
				.make = make,
				.writer = "supervisor",
				.holder = "worker",
				.way = BY_SENDMSG,
				.gone = POLLHUP,
				.cause = "unix-peer-closed",
				.file = "unix",
			});
}
