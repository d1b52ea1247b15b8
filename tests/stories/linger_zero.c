/*
 * A client sets SO_LINGER to {1, 0} and closes: nothing was left unread, yet its close sends a RST at once. The
 * server's next write takes the ECONNRESET, without a signal; the one after it finds the error taken, gets EPIPE,
 * and SIGPIPE kills the server.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>

static void client(void)
{
	close_with_reset(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "close", .linger_zero = true},
	});
}
