/*
 * A server calls shutdown(SHUT_RD), which sends nothing: the client cannot know. Its writes succeed and are
 * acknowledged. On Linux they are queued, too, and a server that reads in spite of itself gets them. Nothing is broken.
 */
#include "story.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the tool is asked for: with "all" it must report this connection too. */
static const struct story_option asked_for = {"asked-for", {"broken", "all"}};

static void server(void)
{
	char data[12];
	int fd = peer_accepts();

	check(shutdown(fd, SHUT_RD) == 0, "shutdown");
	check(read(fd, data, sizeof(data)) == 0, "the end that the shutdown pretends");
	announce(OWN_STEP);
	wait_for_queue(fd, FIONREAD, sizeof(data));
	/* Left unread, they would make a RST of the close. */
	check(read(fd, data, sizeof(data)) == sizeof(data), "the bytes of a side that was shut down");
	announce(SECOND_STEP);
	wait_for_state(fd, TCP_CLOSE_WAIT);
	close(fd);
}

static void client(void)
{
	int fd = us_connects();

	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, 5);
	wait_for_queue(fd, SIOCOUTQ, 0);
	send_in_full(BY_WRITE, fd, 7);
	wait_for_queue(fd, SIOCOUTQ, 0);
	wait_for_state(fd, TCP_ESTABLISHED);
	await(SECOND_STEP);
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
			.closed_first = "us",
			.count = 1,
		});
}
