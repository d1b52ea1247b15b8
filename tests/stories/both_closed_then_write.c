/*
 * A client shuts down both directions and, a while later, closes. Its FIN went out at the shutdown; the close adds
 * nothing that the server could see. The server's first write succeeds and draws a RST, the second is killed.
 */
#include "story.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void client(void)
{
	int fd = peer_connects();

	check(shutdown(fd, SHUT_RDWR) == 0, "shutdown");
	await(OWN_STEP);
	close(fd);
	announce(SECOND_STEP);
}

static void server(void)
{
	int fd = us_accepts();

	wait_for_fin(fd);
	announce(OWN_STEP);
	await(SECOND_STEP);
	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "shutdown"},
	});
}
