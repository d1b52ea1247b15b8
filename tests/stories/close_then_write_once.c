/*
 * A client connects, says nothing and closes. A while later the server writes, and the write succeeds: the kernel
 * took the bytes, since a FIN says only that the client will send no more. The client's host answers with a RST,
 * and the bytes are lost without any call that failed.
 */
#include "story.h"

#include <unistd.h>

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	write_after_fin(BY_WRITE, fd);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, 0, "client", client);
	report(&(struct truth){
		.type = "teardown",
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
