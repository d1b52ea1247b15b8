/*
 * A client closes and the server writes twice, as so often; but this server survives. It ignores SIGPIPE, handles
 * it, blocks it, or asks for none with MSG_NOSIGNAL, and gets EPIPE each time. Each way to survive comes with
 * another system call.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct story_option disposition = {
	.name = "disposition",
	.choices = {"ignored", "handled", "blocked", "suppressed"},
};

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

/* Returns the way to write that this disposition is reported with. */
static enum way prepare(void)
{
	sigset_t set;

	if (chosen("ignored")) {
		signal(SIGPIPE, SIG_IGN);
		return BY_WRITE;
	}
	if (chosen("handled")) {
		signal(SIGPIPE, handle);
		return BY_WRITEV;
	}
	if (chosen("blocked")) {
		sigemptyset(&set);
		sigaddset(&set, SIGPIPE);
		sigprocmask(SIG_BLOCK, &set, NULL);
		return BY_SENDMSG;
	}
	return BY_SEND_NOSIGNAL;
}

static void check_signal(void)
{
	sigset_t pending;

	sigpending(&pending);
	check(sigismember(&pending, SIGPIPE) == chosen("blocked"), "is a SIGPIPE pending?");
	check(handled == chosen("handled"), "was a SIGPIPE handled?");
}

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	enum way way = prepare();
	int fd = us_accepts();

	write_after_fin(way, fd);
	send_in_vain(way, fd, 512, EPIPE, story->choice);
	check_signal();
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &disposition);
	us_and_peer("orders-api", server, 0, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
