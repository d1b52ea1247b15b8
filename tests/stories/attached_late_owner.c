/*
 * The connection is open before tcpblame starts, and both ends are idle. Then the client resets it. The server makes
 * no call on its socket until that is closed, so nothing but a look at what each process has open can say whose it was.
 */
#include "story.h"

#include <poll.h>
#include <unistd.h>

static void client(void)
{
	int fd = peer_connects();

	await(SECOND_STEP);
	close_with_reset(fd);
}

static void server(void)
{
	int fd = us_accepts();

	story->own = fd;
	announce(OWN_STEP);
	await(GO);
	wait_for_poll(fd, POLLERR | POLLHUP);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("orders-api", server, 0, &story->us);
	start_process("client", client, 0, &story->peer);
	announce(GO);
	await(OWN_STEP);
	ready_and_go();
	announce(SECOND_STEP);
	await_ends();
	report_none("verdict");
	report(&(struct truth){
		.type = "teardown",
		.cause = "peer-aborted",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "close", .linger_zero = true},
		.holder = &(struct holder){.process = &story->us, .fd = story->own},
	});
}
