/*
 * The network swallows everything that the server's host is sent, and the client has set no timeout: its kernel
 * repeats the bytes as often as net.ipv4.tcp_retries2 says (here: seldom), and gives up. The write after that takes
 * the ETIMEDOUT, without a signal; the next one is killed by SIGPIPE.
 * With "--window shut" the server's process has stopped reading before the network fails: there is room for no more
 * bytes, and it is the probes for room that get no answer.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option window = {"window", {"open", "shut"}};

static bool shut(void)
{
	return strcmp(story->choice, "shut") == 0;
}

static void server(void)
{
	int fd = peer_accepts();

	await(OWN_STEP);
	turn_deaf(fd);
	announce(SECOND_STEP);
	await(OVER);
	/* Deaf still, it would wait for an answer to its FIN. */
	hear_again(fd);
	close(fd);
}

static void fill_window(int fd)
{
	char data[4096] = {0};

	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	check(errno == EAGAIN, "filling the window");
	/* What was sent has been acknowledged, the rest waits for room. */
	wait_for_probe(fd);
}

static void client(void)
{
	int fd = us_connects();

	if (shut())
		fill_window(fd);
	announce(OWN_STEP);
	await(SECOND_STEP);
	if (!shut())
		send_in_full(BY_WRITE, fd, 3);
	wait_for_poll(fd, POLLERR | POLLHUP);
	check(ioctl(fd, SIOCOUTQ, &story->noted) == 0, "SIOCOUTQ");
	send_in_vain(BY_WRITE, fd, 512, ETIMEDOUT, NULL);
	flusher_is_killed(fd, 512);
}

static void report_verdicts(void)
{
	const struct timeout timeout = {
		.kind = shut() ? "zero-window" : "retransmission",
		.min_retransmits = !shut(),
		.min_probes = shut(),
	};

	report_writes(&(struct truth){
		.cause = "timed-out",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = story->noted, .unread = 0},
		.no_peer = true,
		.timeout = &timeout,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &window);
	own_network();
	set_network_setting("net/ipv4/tcp_retries2", "2");
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_verdicts();
}
