/*
 * A forking server whose parent and worker both hold the socket. The worker calls shutdown(SHUT_RDWR), which ends the
 * connection for every holder, whoever else has it open. The client's first write succeeds and draws a RST, since
 * nobody will read it; the second is killed. It was the worker, and the parent has the socket open to the last.
 */
#include "story.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int shared;

static void worker(void)
{
	check(shutdown(shared, SHUT_RDWR) == 0, "shutdown");
	await(OVER);
}

static void server(void)
{
	shared = peer_accepts();
	start_process("worker", worker, 0, &story->peer);
	await_ends();
	close(shared);
}

static void client(void)
{
	int fd = us_connects();

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
		.peer = &(struct peer_act){.act = "shutdown"},
	});
}
