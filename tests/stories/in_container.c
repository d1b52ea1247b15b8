/*
 * Server and client run in a container, as Docker makes one: a pid namespace of their own, and a cgroup that bears the
 * container's id. The client closes, and the server's second write kills it. Whoever looks at it from the host knows
 * it by another pid than it has itself.
 */
#include "cgroup.h"
#include "story.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* The first process of a pid namespace: the others end with it, and no SIGPIPE kills it. */
static void init(void)
{
	await(OVER);
}

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	char group[128];

	story_begin(argc, argv, NULL);
	snprintf(story->container, sizeof(story->container), "%064x", getpid());
	snprintf(group, sizeof(group), "docker-%s.scope", story->container);
	enter_new_cgroup(group);
	check(unshare(CLONE_NEWPID) == 0, "unshare");
	start_process("init", init, 0, &story->other);
	start_process("orders-api", server, SIGPIPE, &story->us);
	start_process("client", client, 0, &story->peer);
	leave_cgroup();
	ready_and_go();
	await_end_of(&story->us);
	await_end_of(&story->peer);
	announce(OVER);
	await_ends();
	remove_cgroup(group);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
