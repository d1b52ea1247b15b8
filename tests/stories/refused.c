/*
 * A client connects to a port where nobody listens, and writes whatever connect() said. After a blocking connect(),
 * which took the ECONNREFUSED, the write gets EPIPE and SIGPIPE: the socket has no connection. After a nonblocking
 * one the first write takes the ECONNREFUSED, and only the second is killed.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

static const struct story_option how = {
	.name = "connect",
	.choices = {"blocking", "nonblocking"},
};

static bool nonblocking(void)
{
	return strcmp(story->choice, "nonblocking") == 0;
}

static int refused_socket(void)
{
	int fd = connect_to_port(nonblocking() ? SOCK_NONBLOCK : 0);

	if (!nonblocking()) {
		check(errno == ECONNREFUSED, "a blocking connect");
		return fd;
	}
	check(errno == EINPROGRESS, "a nonblocking connect");
	wait_for_poll(fd, POLLERR | POLLHUP);
	return fd;
}

static void client(void)
{
	int fd;

	await(GO);
	/* Held without listening, so that nobody else can come to listen there. */
	bound_socket();
	fd = refused_socket();
	note_connection_to_port(fd);
	if (nonblocking())
		send_in_vain(BY_WRITE, fd, 512, ECONNREFUSED, NULL);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &how);
	start_process("hopeful", client, SIGPIPE, &story->us);
	play();
	if (nonblocking())
		report(&(struct truth){
			.type = "verdict",
			.cause = "refused",
			.attempt = &story->attempts[0],
			.file = "tcp",
			.opened_by = "us",
		});
	report(&(struct truth){
		.type = "verdict",
		.cause = "never-connected",
		.modifier = "error-already-taken",
		.attempt = &story->attempts[story->attempt_count - 1],
		.file = "tcp",
		/* A failed connect() may have erased both addresses. */
		.connection = ONLY_FAMILY,
	});
}
