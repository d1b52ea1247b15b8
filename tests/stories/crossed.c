/*
 * The keep-alive race: a client sends its next request while the server closes the idle connection, and the two cross
 * on the way. The client's network is slow: the request is held up, which here the server's socket plays by hearing no
 * data, and comes when there is no such socket any more. Its host answers with a RST. The client wrote nothing after
 * the FIN, so it ignored none; it closes, or it tries again on the dead connection and is killed.
 */
#include "netns.h"
#include "story.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { REQUEST = 400 };

static const struct story_option then = {"then", {"close", "write"}};

static bool writes(void)
{
	return strcmp(story->choice, "write") == 0;
}

static void server(void)
{
	int fd = peer_accepts();

	turn_deaf_to_data(fd);
	announce(OWN_STEP);
	await(SECOND_STEP);
	close(fd);
	await(OVER);
}

static void client(void)
{
	int fd = us_connects();

	await(OWN_STEP);
	send_in_full(BY_WRITE, fd, REQUEST);
	wait_for_queue(fd, SIOCOUTQNSD, 0);
	announce(SECOND_STEP);
	/* The FIN is acknowledged and the request is not, until its repetition draws the RST. */
	wait_for_fin(fd);
	wait_for_queue(fd, SIOCOUTQ, REQUEST);
	wait_for_state(fd, TCP_CLOSE);
	if (writes())
		flusher_is_killed(fd, 512);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct truth truth = {
		.type = "teardown",
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = REQUEST, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.why = &(struct why){.code = "crossed", .bytes = REQUEST},
	};

	story_begin(argc, argv, &then);
	us_and_peer("client", client, writes() ? SIGPIPE : 0, "server", server);
	report(&truth);
	if (writes())
		report_writes(&truth);
	else
		report_none("verdict");
}
