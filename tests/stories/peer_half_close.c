/*
 * A server shuts down its sending side, lives on and reads what the client still has to say. That is how TCP is meant
 * to be ended: the client's write is acknowledged and read, no RST is sent, and both close. Nothing is broken.
 */
#include "story.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the tool is asked for: with "all" it must report this connection too. */
static const struct story_option asked_for = {"asked-for", {"broken", "all"}};

static void server(void)
{
	char answer[5];
	int fd = peer_accepts();

	check(shutdown(fd, SHUT_WR) == 0, "shutdown");
	check(recv(fd, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer), "the client's bytes");
	check(read(fd, answer, sizeof(answer)) == 0, "the client's end");
	close(fd);
}

static void client(void)
{
	int fd = us_connects();

	wait_for_fin(fd);
	send_in_full(BY_WRITE, fd, 5);
	wait_for_queue(fd, SIOCOUTQ, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &asked_for);
	us_and_peer("client", client, 0, "server", server);
	report_none("verdict");
	if (strcmp(story->choice, "broken") == 0)
		report_none("teardown");
	else
		report(&(struct truth){
			.type = "teardown",
			.cause = "orderly",
			.opened_by = "us",
			.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
			.closed_first = "peer",
			.count = 1,
		});
}
