/*
 * The server is killed by SIGKILL with nothing unread, and its kernel closes the connection for it, with a FIN. A
 * chatty client that does not read does not notice: it writes, which succeeds and draws a RST, and writes again.
 * With "--unread 7" the server has not read 7 bytes when it is killed: its kernel sends a RST, and they are lost,
 * though the client was reported that they had come.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct story_option unread = {"unread", {"0", "7"}};

static int unread_bytes(void)
{
	return atoi(story->choice);
}

static void server(void)
{
	wait_for_queue(peer_accepts(), FIONREAD, unread_bytes());
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void client(void)
{
	int fd = us_connects();

	if (unread_bytes() > 0) {
		send_in_full(BY_WRITE, fd, (size_t)unread_bytes());
		wait_for_queue(fd, SIOCOUTQ, 0);
		announce(SECOND_STEP);
		wait_for_poll(fd, POLLERR | POLLHUP);
		send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	} else {
		announce(SECOND_STEP);
		write_after_fin(BY_WRITE, fd);
	}
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &unread);
	start_process("chatty", client, SIGPIPE, &story->us);
	start_process("server", server, SIGKILL, &story->peer);
	ready_and_go();
	await(OWN_STEP);
	await(SECOND_STEP);
	kill(story->peer.pid, SIGKILL);
	await_ends();
	report_writes(&(struct truth){
		.cause = unread_bytes() == 0 ? "peer-closed" : "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = unread_bytes() == 0 ? 3 : 0, .unread = 0},
		.unread_by_peer = unread_bytes(),
		.peer = &(struct peer_act){.act = "killed", .signal = "SIGKILL", .unread = unread_bytes()},
	});
}
