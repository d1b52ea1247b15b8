/*
 * A server that does not accept, a full accept queue, and tcp_abort_on_overflow = 1: the client whose handshake
 * ends after the queue got full believes to be connected, for an instant. Then it has a RST: its first write takes
 * the ECONNRESET, and the second is killed by SIGPIPE.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4 };

static void server(void)
{
	await(GO);
	listening_socket(BACKLOG);
	announce(LISTENING);
	await(OVER);
}

static void client(void)
{
	int fd;

	await(LISTENING);
	fd = connect_while_queue_fills(BACKLOG);
	/* The server's host repeats its SYN-ACK after a second. */
	wait_for_poll(fd, POLLERR | POLLHUP);
	note_connection_to_port(fd);
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	own_network();
	set_network_setting("net/ipv4/tcp_abort_on_overflow", "1");
	us_and_peer("latecomer", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "accept-queue-overflow", .by_anyone = true},
		.why = &(struct why){.code = "queue-full", .or_confidence = "inferred"},
	});
}
