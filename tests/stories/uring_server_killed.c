/*
 * A server accepts through an io_uring, into one of its direct descriptors: no descriptor of the process has the
 * connection. It is killed by SIGKILL, and a kworker takes its ring apart, which closes the connection, with a FIN. A
 * client that does not read writes, which draws a RST, and writes again. No kworker is to be blamed.
 */
#include "story.h"
#include "uring.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static void server(void)
{
	const int empty = -1;
	struct io_uring_sqe request = {.opcode = IORING_OP_ACCEPT, .file_index = 1}; /* counted from 1 */
	struct ring ring;

	await(GO);
	open_ring(&ring);
	check(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &empty, 1) == 0, "IORING_REGISTER_FILES");
	request.fd = listening_socket(1);
	announce(LISTENING);
	check(do_request(&ring, &request) == 0, "accepting into a direct descriptor");
	announce(CONNECTED);
	announce(OWN_STEP);
	for (;;)
		pause();
}

static void client(void)
{
	int fd = us_connects();

	write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("chatty", client, SIGPIPE, &story->us);
	start_process("server", server, SIGKILL, &story->peer);
	ready_and_go();
	await(OWN_STEP);
	kill(story->peer.pid, SIGKILL);
	await_ends();
	report_writes(&(struct truth){
		.cause = "peer-closed",
		/* Whose ring it was is at best put together from what else was seen of its process. */
		.or_confidence = "inferred",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "killed", .signal = "SIGKILL"},
		.elusive_peer = true,
	});
}
