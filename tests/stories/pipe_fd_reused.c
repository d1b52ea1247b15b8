/*
 * The other way round: what a thread writes to is a pipe, or a unix socket, that is full, so that it blocks; and what
 * another thread puts over its number is a healthy TCP connection. Then the other end closes, and the write is in vain:
 * EPIPE and SIGPIPE for a pipe; ECONNRESET, without a signal, for a unix socket whose other end had bytes unread. There
 * is nothing wrong with the connection. That it was a pipe can hardly be seen any more, but no more may be claimed.
 */
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option was = {"was", {"pipe", "unix"}};

static struct process blocked;
static int ends[2];

static bool was_pipe(void)
{
	return strcmp(story->choice, "pipe") == 0;
}

/* It reads nothing, and may outlive the writer. */
static void reader(void)
{
	prctl(PR_SET_PDEATHSIG, 0);
	close(ends[1]);
	await(SECOND_STEP);
	close(ends[0]);
	await(OVER);
}

static void *flusher(void *unused)
{
	prctl(PR_SET_NAME, "flusher");
	blocked.pid = gettid();
	announce(OWN_STEP);
	if (was_pipe())
		send_in_vain(BY_WRITE, ends[1], 512, EPIPE, "killed");
	else
		send_in_vain(BY_WRITE, ends[1], 512, ECONNRESET, NULL);
	return unused;
}

static void fill(int fd)
{
	static const char data[4096];
	const int flags = fcntl(fd, F_GETFL);

	check(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0, "F_SETFL");
	while (write(fd, data, sizeof(data)) > 0)
		;
	check(errno == EAGAIN, "filling it");
	check(fcntl(fd, F_SETFL, flags) == 0, "F_SETFL");
}

static void writer(void)
{
	int connection[2];
	pthread_t thread;

	await(GO);
	connect_to_oneself(connection);
	check((was_pipe() ? pipe(ends) : socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) == 0, "pipe or socketpair");
	start_process("reader", reader, 0, &story->peer);
	close(ends[0]);
	fill(ends[1]);
	check(pthread_create(&thread, NULL, flusher, NULL) == 0, "pthread_create");
	await(OWN_STEP);
	wait_until_asleep(&blocked);
	check(dup2(connection[1], ends[1]) == ends[1], "dup2");
	announce(SECOND_STEP);
	pthread_join(thread, NULL);
	check(hand_over(BY_WRITE, ends[1], 1) == 1, "a write to the connection");
	check(read(connection[0], &(char){0}, 1) == 1, "a read from the connection");
	announce(OVER);
	await_ends();
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &was);
	start_process("writer", writer, was_pipe() ? SIGPIPE : 0, &story->us);
	if (was_pipe())
		adopt(&story->peer, 0);
	play();
	report_writes(&(struct truth){
		.cause = was_pipe() ? "pipe-reader-gone" : "unix-peer-closed",
		.or_cause = was_pipe() ? "unknown" : NULL,
		.or_confidence = was_pipe() ? "unknown" : NULL,
		.file = was_pipe() ? "pipe" : "unix",
		.elusive_file = was_pipe(),
		.connection = NO_CONNECTION,
		.no_peer = true,
	});
}
