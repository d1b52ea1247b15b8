/*
 * The server is killed by SIGKILL with nothing unread, and its kernel closes the connection for it, with a FIN. A
 * chatty client that does not read does not notice: it writes, which succeeds and draws a RST, and writes again.
 */
#include "story.h"

#include <signal.h>
#include <unistd.h>

static void server(void)
{
	peer_accepts();
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void client(void)
{
	int fd = us_connects();

	write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("chatty", client, SIGPIPE, &story->us);
	start_process("server", server, SIGKILL, &story->peer);
	ready_and_go();
	await(OWN_STEP);
	kill(story->peer.pid, SIGKILL);
	await_ends();
	tell(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "killed", .signal = "SIGKILL"},
	});
}
