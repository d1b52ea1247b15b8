/*
 * A launcher connects and then becomes another program (this one, as which it is called exec_keeps_fd), which keeps
 * the descriptor. The server has closed; the program's second write kills it. The process is the same, its name is not.
 */
#include "story.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How the launcher calls it, without the options of a story. */
static const char AS_WRITER[] = "--write-to";

static void server(void)
{
	close(peer_accepts());
}

static void launcher(void)
{
	char number[16];
	char program[4096] = "";
	struct attempt *attempt;
	int fd = us_connects();

	wait_for_fin(fd);
	attempt = foretell(BY_WRITE, fd, 512, EPIPE, "killed");
	snprintf(attempt->by.comm, sizeof(attempt->by.comm), "%s", "exec_keeps_fd");
	snprintf(attempt->by.name, sizeof(attempt->by.name), "%s", "exec_keeps_fd");

	check(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0, "/proc/self/exe");
	snprintf(number, sizeof(number), "%d", fd);
	execl(program, program, AS_WRITER, number, NULL);
	die("execl: %s", strerror(errno));
}

/* Nothing of the story is left in its memory. */
static void writer(int fd)
{
	write_on_seeing_fin(BY_WRITE, fd);
	hand_over(BY_WRITE, fd, 512);
	die("survived a write whose SIGPIPE should have killed");
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], AS_WRITER) == 0)
		writer(atoi(argv[2]));

	story_begin(argc, argv, NULL);
	us_and_peer("launcher", launcher, SIGPIPE, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
