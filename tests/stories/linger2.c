/*
 * The server has shut down its sending side, and closes: with TCP_LINGER2 below 0 its kernel does not wait for the
 * client's FIN, and sends a RST. It had read all that came, and SO_LINGER is not set. The kernel's own reason says so,
 * where it gives one (6.12).
 */
#include "story.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void server(void)
{
	int fd = peer_accepts();

	set_option(fd, IPPROTO_TCP, TCP_LINGER2, -1);
	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	wait_for_state(fd, TCP_FIN_WAIT2);
	close(fd);
}

static void client(void)
{
	int fd = us_connects();

	wait_for_poll(fd, POLLERR | POLLHUP);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.or_confidence = "inferred",
		.opened_by = "us",
		.elusive_peer = true,
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.reset_reason = "abort-on-linger",
	});
}
