/* A program takes a fresh socket for a connected one and writes: EPIPE and SIGPIPE, with no connection to blame. */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

static void client(void)
{
	int fd;

	await(GO);
	fd = socket(story->family, SOCK_STREAM, 0);
	check(fd >= 0, "socket");
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("hasty", client, SIGPIPE, &story->us);
	play();
	report_writes(&(struct truth){
		.cause = "never-connected",
		.connection = ONLY_FAMILY,
		.no_peer = true,
	});
}
