/*
 * A server that does not accept, and a full accept queue, as in a stampede. The client whose handshake ends after the
 * queue got full is connected, as far as it knows: but its last ACK was dropped, and so are its bytes. The server's
 * host has it in its SYN queue for a while, and forgets it. The client repeats its bytes; now nobody knows the
 * connection, and a RST comes. The client's next write takes the ECONNRESET, and the one after it is killed by SIGPIPE.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4 };

static const struct story_option server_is = {"server", {"idle", "accepts-late"}};

static void server(void)
{
	int listener;

	await(GO);
	listener = listening_socket(BACKLOG);
	announce(LISTENING);
	await(OWN_STEP);
	/* As soon as the client is forgotten. */
	wait_for_peer_state(-1);
	for (int i = 0; strcmp(story->choice, "accepts-late") == 0 && i < FITTING(BACKLOG); i++)
		check(accept(listener, NULL, NULL) >= 0, "accept");
	await(OVER);
}

static void client(void)
{
	int fd;

	await(LISTENING);
	fd = connect_while_queue_fills(BACKLOG);
	/* The server's host repeats its SYN-ACK after a second. */
	wait_for_state(fd, TCP_ESTABLISHED);
	note_connection_to_port(fd);
	send_in_full(BY_WRITE, fd, 3);
	announce(OWN_STEP);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &server_is);
	own_network();
	/* It forgets after a first repetition, and does not ask who comes back for a cookie. */
	set_network_setting("net/ipv4/tcp_synack_retries", "1");
	set_network_setting("net/ipv4/tcp_syncookies", "0");
	us_and_peer("latecomer", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "unknown-connection",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.no_peer = true,
		.why =
			&(struct why){
				.code = "queue-full",
				.or_confidence = "inferred",
				.backlog = BACKLOG,
				.min_dropped = 1,
			},
	});
}
