/*
 * A client shuts down both directions and, a while later, closes. Its FIN went out at the shutdown; the close adds
 * nothing that the server could see. The server's first write succeeds and draws a RST, the second is killed.
 */
#include "story.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void client(void)
{
	int fd = peer_connects();

	check(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
	await(OWN_STEP);
	close(fd);
	announce(SECOND_STEP);
}

static void server(void)
{
	int fd = us_accepts();

	wait_for_fin(fd);
	announce(OWN_STEP);
	await(SECOND_STEP);
	write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	ready_and_go();
	await_ends();
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "shutdown"},
	});
}
