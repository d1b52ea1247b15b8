/*
 * A client's recv() returns 0 and it sends all the same, once, which succeeds. Then it looks at errno, finds EPIPE and
 * reports a broken pipe: an errno that some earlier call left, since a call that succeeds does not touch it. No write
 * failed, so there is none to blame anybody for.
 */
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static void server(void)
{
	close(peer_accepts());
}

static void client(void)
{
	char byte;
	int fd = us_connects();

	check(recv(fd, &byte, 1, 0) == 0, "the end of the stream");
	wait_for_fin(fd);
	errno = EPIPE;
	check(send(fd, "bye", 3, 0) == 3, "a send that should succeed");
	check(errno == EPIPE, "an errno that nobody touched");
	wait_for_state(fd, TCP_CLOSE);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("mistaken", client, 0, "server", server);
	report_none("verdict");
}
