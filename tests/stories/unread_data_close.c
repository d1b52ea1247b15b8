/*
 * An end with bytes unread sends a RST instead of a FIN: the other end's next write takes the ECONNRESET, and the one
 * after it is killed by SIGPIPE. What that had written before is lost, though every byte of it was acknowledged.
 *
 * Either a client closes what a server has sent it 5 bytes on, or a forking server's worker, which has inherited the
 * connection to a client that sends 5 bytes, exits with it open.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct story_option end = {"end", {"close", "exit"}};

static int shared;

static bool by_exit(void)
{
	return strcmp(story->choice, "exit") == 0;
}

static void wait_for_unread(int fd)
{
	wait_for_queue(fd, FIONREAD, 5);
	await(OWN_STEP);
}

static void closing_client(void)
{
	int fd = peer_connects();

	wait_for_unread(fd);
	close(fd);
}

/* Returns, and so exits, with the connection open. */
static void worker(void)
{
	wait_for_unread(shared);
}

static void forking_server(void)
{
	shared = peer_accepts();
	start_process("worker", worker, 0, &story->peer);
	close(shared);
	announce(SECOND_STEP);
	await_ends();
}

static void write_to_nobody(enum way way, int fd)
{
	send_in_full(way, fd, 5);
	/* Acknowledged, so that the RST leaves nothing of ours in doubt. */
	wait_for_queue(fd, SIOCOUTQ, 0);
	announce(OWN_STEP);
	write_until_killed(way, fd, ECONNRESET);
}

static void server(void)
{
	write_to_nobody(BY_SEND, us_accepts());
}

static void client(void)
{
	int fd = us_connects();

	await(SECOND_STEP);
	write_to_nobody(BY_WRITE, fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &end);
	if (by_exit()) {
		start_process("client", client, SIGPIPE, &story->us);
		start_process("server", forking_server, 0, &story->other);
		play();
	} else {
		us_and_peer("orders-api", server, SIGPIPE, "client", closing_client);
	}
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = by_exit() ? "us" : "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.unread_by_peer = 5,
		.peer = &(struct peer_act){.act = by_exit() ? "exit" : "close", .unread = 5},
	});
}
