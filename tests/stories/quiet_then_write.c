/*
 * A client closes a connection, and the server leaves it alone for three seconds. Then it writes on it, twice. However
 * long ago it was: who closed it was seen. Meanwhile nothing happens at all, or other connections of the same two
 * processes come and go in good order, at the same port.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOMENTS = 30 };

static const struct story_option meanwhile = {"meanwhile", {"nothing", "others"}};

static int others(void)
{
	return strcmp(story->choice, "others") == 0 ? MOMENTS : 0;
}

static void pass_moments(int count)
{
	const struct timespec moment = {.tv_nsec = 100000000};

	while (count-- > 0)
		nanosleep(&moment, NULL);
}

static int connection(void)
{
	int fd = connect_to_port(0);

	check(errno == 0, "connect");
	return fd;
}

static void client(void)
{
	int idle;

	await(LISTENING);
	idle = connection();
	await(CONNECTED);
	close(idle);
	for (int i = 0; i < others(); i++) {
		char byte;
		int fd = connection();

		pass_moments(1);
		check(read(fd, &byte, 1) == 0, "the server's end");
		close(fd);
	}
	pass_moments(MOMENTS - others());
	announce(OWN_STEP);
	await(OVER);
}

static void server(void)
{
	int listener, idle;

	await(GO);
	listener = listening_socket(1);
	announce(LISTENING);
	idle = us_accepts_from(listener);
	announce(CONNECTED);
	wait_for_fin(idle);
	for (int i = 0; i < others(); i++) {
		int fd = accept(listener, NULL, NULL);

		check(fd >= 0, "accept");
		close(fd);
	}
	await(OWN_STEP);
	write_after_fin(BY_WRITE, idle);
	flusher_is_killed(idle, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &meanwhile);
	us_and_peer("orders-api", server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
