/*
 * A person starts tcpblame when things go wrong already: before "ready" the connection was opened and the client has
 * closed it. Then the server writes, which draws the RST, and is killed at its second write. Or, with "--after reset",
 * the first write and its RST came too early as well: all there is to see is the write that kills.
 * With "--after disconnect" it is the server that has ended it, by connect() to AF_UNSPEC: what the write finds is a
 * socket as good as new, but for the error. A socket that never was connected has none.
 */
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option after = {"after", {"fin", "reset", "disconnect"}};

static bool after_reset(void)
{
	return strcmp(story->choice, "reset") == 0;
}

static bool after_disconnect(void)
{
	return strcmp(story->choice, "disconnect") == 0;
}

static void disconnect(int fd)
{
	const struct sockaddr unspecified = {.sa_family = AF_UNSPEC};

	check(connect(fd, &unspecified, sizeof(unspecified)) == 0, "connect to AF_UNSPEC");
}

static void client(void)
{
	int fd = peer_connects();

	announce(SECOND_STEP);
	if (after_disconnect())
		wait_for_poll(fd, POLLERR | POLLHUP);
	close(fd);
}

static void server(void)
{
	int fd = us_accepts();

	/* Its connect() may not have returned yet, and would get the RST. */
	await(SECOND_STEP);
	if (after_disconnect())
		disconnect(fd);
	else
		wait_for_fin(fd);
	if (after_reset())
		write_on_seeing_fin(BY_WRITE, fd);
	announce(OWN_STEP);
	await(GO);
	if (after_disconnect()) {
		send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
		close(fd);
		return;
	}
	if (!after_reset())
		write_on_seeing_fin(BY_WRITE, fd);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

static void report_what_can_be_known(void)
{
	if (after_reset())
		report_writes(&(struct truth){
			.cause = "unknown",
			.or_cause = "peer-closed",
			.confidence = "unknown",
			.or_confidence = "inferred",
			.connection = ONLY_FAMILY,
			.opened_by = "peer",
			.peer = &(struct peer_act){.act = "close"},
			.elusive_peer = true,
		});
	else if (after_disconnect())
		report_writes(&(struct truth){
			.cause = "local-abort",
			.confidence = "inferred",
			.connection = ONLY_FAMILY,
			.no_byte_counts = true,
			.no_peer = true,
		});
	else
		report_writes(&(struct truth){
			.cause = "peer-closed",
			.confidence = "observed",
			.or_confidence = "inferred",
			.opened_by = "peer",
			.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
			.peer = &(struct peer_act){.act = "close"},
			.elusive_peer = true,
		});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &after);
	start_process("orders-api", server, after_disconnect() ? 0 : SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	announce(GO);
	await(OWN_STEP);
	play();
	report_what_can_be_known();
}
