/*
 * The server's host forgets the connection without a word, as after a reboot or a failover: no FIN, no RST. The
 * client's first write succeeds and draws a RST; the second takes the ECONNRESET; the third is killed by SIGPIPE.
 * With "--port-is listened-on" a listener gets the first write, as when the service is up again.
 */
#include "story.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option port_is = {"port-is", {"free", "listened-on"}};

static void server(void)
{
	int on = 1;
	int listener;
	int fd;

	await(GO);
	listener = bound_socket();
	check(listen(listener, 1) == 0, "listen");
	announce(LISTENING);
	fd = accept(listener, NULL, NULL);
	check(fd >= 0, "accept");
	/* As a checkpoint does it: a socket under repair goes without a sound. */
	check(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) == 0, "TCP_REPAIR");
	close(fd);
	if (strcmp(story->choice, "free") == 0)
		close(listener);
	announce(CONNECTED);
	await(OVER);
}

static void client(void)
{
	int fd = us_connects();

	send_in_full(BY_WRITE, fd, 3);
	write_until_killed(BY_WRITE, fd, ECONNRESET);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &port_is);
	us_and_peer("client", client, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "unknown-connection",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
	});
}
