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

/* One connection more than the backlog fits into the queue. */
enum { BACKLOG = 4, FITTING = BACKLOG + 1 };

static void server(void)
{
	int listener;

	await(GO);
	listener = bound_socket();
	check(listen(listener, BACKLOG) == 0, "listen");
	announce(LISTENING);
	await(OVER);
}

static void fill_queue(void)
{
	for (int i = 0; i < FITTING; i++) {
		connect_to_port(0);
		check(errno == 0, "a connection for which the queue has room");
	}
}

static void client(void)
{
	int fd;

	await(LISTENING);
	/* Its SYN comes when there is room: a SYN that meets a full queue is dropped, and draws no RST. */
	fd = socket(story->family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	check(fd >= 0, "socket");
	turn_deaf(fd);
	connect_socket(fd);
	check(errno == EINPROGRESS, "connect of the deaf");
	fill_queue();
	hear_again(fd);
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
	});
}
