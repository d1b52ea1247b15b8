/*
 * A forking server: the parent accepts, its worker inherits the socket, and the parent closes its copy. That close
 * ends nothing, since the worker holds the socket still: no FIN goes out and the client's write is read. Only when the
 * worker, the last holder, closes too does the connection end, and the client's two writes come too late.
 */
#include "story.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int shared;

static void worker(void)
{
	char greeting[5];

	await(OWN_STEP);
	check(read(shared, greeting, sizeof(greeting)) == sizeof(greeting), "read");
	await(SECOND_STEP);
	close(shared);
}

static void server(void)
{
	shared = peer_accepts();
	start_process("worker", worker, 0, &story->peer);
	close(shared);
	announce(OWN_STEP);
	announce(THIRD_STEP);
	await_ends();
}

static void client(void)
{
	int fd = us_connects();

	await(THIRD_STEP);
	send_in_full(BY_WRITE, fd, 5);
	wait_for_queue(fd, SIOCOUTQ, 0);
	wait_for_state(fd, TCP_ESTABLISHED);
	announce(SECOND_STEP);
	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("chatty", client, SIGPIPE, &story->us);
	start_process("server", server, 0, &story->other);
	play();
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
