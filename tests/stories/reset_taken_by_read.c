/*
 * A client resets the connection. The server's thread "reader" is the first to hear of it: its read() takes the
 * ECONNRESET, or its getsockopt(SO_ERROR) does. The thread "flusher", which did nothing wrong and is reported nothing,
 * then writes: the error is taken, so it gets EPIPE, and SIGPIPE kills the server.
 */
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option how = {"how", {"read", "so-error"}};

static void client(void)
{
	close_with_reset(peer_connects());
}

static int error_of_socket(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	check(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0, "SO_ERROR");
	return error;
}

static int error_of_read(int fd)
{
	char byte;

	check(read(fd, &byte, 1) == -1, "a read that should fail");
	return errno;
}

static void *reader(void *argument)
{
	const int fd = *(const int *)argument;

	prctl(PR_SET_NAME, "reader");
	wait_for_poll(fd, POLLERR | POLLHUP);
	check((strcmp(story->choice, "so-error") == 0 ? error_of_socket(fd) : error_of_read(fd)) == ECONNRESET,
	      "the error taken");
	return NULL;
}

static void server(void)
{
	int fd = us_accepts();
	pthread_t thread;

	check(pthread_create(&thread, NULL, reader, &fd) == 0, "pthread_create");
	pthread_join(thread, NULL);
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &how);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.modifier = "error-already-taken",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.peer = &(struct peer_act){.act = "close", .linger_zero = true},
	});
}
