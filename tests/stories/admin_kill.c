/*
 * Both ends are well, and idle, when an administrator destroys the server's socket with `ss -K`. The server's next
 * write takes the ECONNABORTED, without a signal; the one after it gets EPIPE, and SIGPIPE kills the server. The
 * client, which gets a RST, has as little to do with it.
 */
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void client(void)
{
	int fd = peer_connects();

	wait_for_poll(fd, POLLERR | POLLHUP);
	close(fd);
}

static void server(void)
{
	int fd = us_accepts();

	announce(OWN_STEP);
	write_until_killed(BY_WRITE, fd, ECONNABORTED);
}

static void administrator(void)
{
	char filter[64];

	/* Our end, and not the client's, which has the same ports the other way round. */
	snprintf(filter, sizeof(filter), "sport = :%d and dport = :%d", story->local_port, story->remote_port);
	/* It lists what it has killed, where our truth goes. */
	check(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) == STDOUT_FILENO, "/dev/null");
	execlp("ss", "ss", "-t", "-K", "state", "established", filter, NULL);
	die("ss (of iproute2) is needed");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	ready_and_go();
	await(OWN_STEP);
	start_process("ss", administrator, 0, &story->other);
	await_ends();
	report_writes(&(struct truth){
		.cause = "killed-by-admin",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.no_peer = true,
		.killed_by = &story->other,
	});
}
