/*
 * A server writes 4 MB to a client that does not read, until no buffer takes any more and write() blocks. Then the
 * client closes, with bytes unread: a RST. The write was cut off but not in vain: it returns how much was taken, no
 * error and no signal. The next one takes the ECONNRESET, and only the one after it is killed.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 4 << 20 };

static void client(void)
{
	int fd = peer_connects();

	await(OWN_STEP);
	wait_until_asleep(&story->us);
	wait_for_poll(fd, POLLIN);
	close(fd);
}

static void server(void)
{
	static char data[LARGE];
	const int room = 65536;
	int fd = us_accepts();
	ssize_t taken;

	check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0, "SO_SNDBUF");
	/* The one sleep that follows is the blocked write's. */
	announce(OWN_STEP);
	taken = write(fd, data, sizeof(data));
	check(taken > 0 && taken < LARGE, "a short write");
	wait_for_state(fd, TCP_CLOSE);
	/* The connection is gone, but not the count of what was never acknowledged. */
	check(ioctl(fd, SIOCOUTQ, &story->own) == 0, "SIOCOUTQ");
	check(story->own > 0 && story->own <= taken, "bytes left unacknowledged");
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = story->own, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
