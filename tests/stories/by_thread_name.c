/*
 * A program opens a connection in its main thread and leaves the writing to another. Who asks about that thread by its
 * name asks about its writes; but what is reported of them rests on what the others saw: the peer's close above all.
 */
#include "story.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static int fd;

static void client(void)
{
	close(peer_connects());
	await(OVER);
}

/* Not "flusher" alone: there must be no other in this run of the tests. */
static void *flusher(void *unused)
{
	char name[16];

	snprintf(name, sizeof(name), "flusher-%d", story->port);
	check(prctl(PR_SET_NAME, name) == 0, "PR_SET_NAME");
	announce(OWN_STEP);
	await(SECOND_STEP);
	write_after_fin(BY_WRITE, fd);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
	return unused;
}

static void server(void)
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, flusher, NULL) == 0, "pthread_create");
	fd = us_accepts();
	wait_for_fin(fd);
	announce(SECOND_STEP);
	pthread_join(thread, NULL);
	die("the flusher came back");
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	await(OWN_STEP);
	play();
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
		.fin_received = true,
	});
}
