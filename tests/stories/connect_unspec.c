/*
 * connect() to AF_UNSPEC, which is for datagram sockets, disconnects a TCP socket too: it sends a RST and makes the
 * socket one that was never connected. Either we do it to our own connection, then write all the same; or the peer
 * does it to its, and our next write takes the ECONNRESET. The write after it is killed in both.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option who = {"who", {"us", "peer"}};

static bool by_us(void)
{
	return strcmp(story->choice, "us") == 0;
}

static void disconnect(int fd)
{
	const struct sockaddr unspecified = {.sa_family = AF_UNSPEC};

	check(connect(fd, &unspecified, sizeof(unspecified)) == 0, "connect to AF_UNSPEC");
}

static void server(void)
{
	int fd = peer_accepts();

	if (by_us()) {
		wait_for_poll(fd, POLLERR | POLLHUP);
	} else {
		/* A RST that comes before the client's connect() has returned is what that returns. */
		await(SECOND_STEP);
		disconnect(fd);
	}
	/* The server lives on, its socket open, until the client is dead. */
	await(OVER);
	close(fd);
}

static void client(void)
{
	int fd = us_connects();

	announce(SECOND_STEP);
	if (by_us())
		disconnect(fd);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &who);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = by_us() ? "local-abort" : "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = by_us() ? NULL : &(struct peer_act){.act = "disconnect"},
	});
}
