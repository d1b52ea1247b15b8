/*
 * The client closes, and the server does not notice, as programs with a leak of sockets do. The client's end waits for
 * the server's FIN (FIN_WAIT2), but not for ever: when its time is over it is gone, without a word. The server's end is
 * still there, in CLOSE_WAIT. With "--peer-closes never" it outlives this story: the connection has not ended, and
 * whatever is asked for, there is no end to be reported. With "--peer-closes late" the server closes after all; its FIN
 * comes to nobody, and draws a RST. No byte was lost, and no FIN of the server has ever come to the client.
 */
#include "netns.h"
#include "story.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Longer than the tool lives after the story. */
enum { OUTLIVES_SECONDS = 15 };

static const struct story_option peer_closes = {"peer-closes", {"never", "late"}};

static bool late(void)
{
	return strcmp(story->choice, "late") == 0;
}

/* Neither the publisher's end is ours, nor does anybody wait for our output. */
static void outlive_story(void)
{
	int nowhere = open("/dev/null", O_RDWR);

	check(nowhere >= 0, "/dev/null");
	check(prctl(PR_SET_PDEATHSIG, 0) == 0, "PR_SET_PDEATHSIG");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		check(dup2(nowhere, fd) == fd, "dup2");
	announce(THIRD_STEP);
	sleep(OUTLIVES_SECONDS);
}

static void server(void)
{
	int fd = peer_accepts();

	wait_for_state(fd, TCP_CLOSE_WAIT);
	announce(OWN_STEP);
	await(OVER);
	wait_for_state(fd, TCP_CLOSE_WAIT);
	if (!late())
		outlive_story();
}

static void client(void)
{
	close(us_connects());
	await(OWN_STEP);
	wait_until_gone();
	announce(OVER);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &peer_closes);
	own_network();
	set_network_setting("net/ipv4/tcp_fin_timeout", "1");
	start_process("client", client, 0, &story->us);
	start_process("server", server, 0, &story->peer);
	ready_and_go();
	if (late())
		await_ends();
	else
		await_end_of(&story->us);
	report_none("verdict");
	if (!late()) {
		await(THIRD_STEP);
		report_none("teardown");
		return 0;
	}
	report(&(struct truth){
		.type = "teardown",
		.cause = "orderly",
		.confidence = "inferred",
		.or_confidence = "observed",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
		.closed_first = "us",
		.no_fin_received = true,
	});
}
