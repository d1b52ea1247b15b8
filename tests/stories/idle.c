/*
 * A client asks, and the server answers. Then neither sends anything, until the server closes: by an idle timer of ten
 * seconds, or at an odd time, or without having answered; or it is killed. The client, which does not notice, writes
 * twice.
 */
#include "story.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct story_option closed = {"closed", {"by-timer", "at-odd-time", "unanswered", "killed"}};

enum { REQUEST = 5, ANSWER = 7, TIMER_MS = 10000, ODD_MS = 1400, JIFFY_MS = 10 };

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static int idle_ms(void)
{
	return chosen("by-timer") || chosen("killed") ? TIMER_MS : ODD_MS;
}

/* Whatever the machine is at: to the moment, not for so long from now on. */
static void sleep_from(struct timespec since)
{
	since.tv_sec += idle_ms() / 1000;
	since.tv_nsec += idle_ms() % 1000 * 1000000L;
	if (since.tv_nsec >= 1000000000L) {
		since.tv_nsec -= 1000000000L;
		since.tv_sec++;
	}
	check(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &since, NULL) == 0, "clock_nanosleep");
}

static void server(void)
{
	char request[REQUEST];
	struct timespec now;
	int fd = peer_accepts();

	check(recv(fd, request, sizeof(request), MSG_WAITALL) == REQUEST, "the request");
	if (!chosen("unanswered"))
		send_in_full(BY_WRITE, fd, ANSWER);
	clock_gettime(CLOCK_MONOTONIC, &now);
	sleep_from(now);
	announce(OWN_STEP);
	if (chosen("killed"))
		kill(getpid(), SIGKILL);
	close(fd);
	await(OVER);
}

static void client(void)
{
	char answer[ANSWER];
	int fd = us_connects();

	send_in_full(BY_WRITE, fd, REQUEST);
	if (!chosen("unanswered"))
		check(recv(fd, answer, sizeof(answer), MSG_WAITALL) == ANSWER, "the answer");
	await(OWN_STEP);
	write_after_fin(BY_WRITE, fd);
	flusher_is_killed(fd, 512);
}

static struct why why(void)
{
	struct why why = {.code = "idle",
			  .confidence = "inferred",
			  .process = &story->peer,
			  .min_lasted_ms = idle_ms() - JIFFY_MS};

	if (chosen("killed")) {
		why.code = "killed";
		why.confidence = NULL;
		why.min_lasted_ms = 0;
	}
	if (chosen("unanswered")) {
		why.code = "unanswered";
		why.confidence = NULL;
	}
	return why;
}

int main(int argc, char **argv)
{
	struct why reason;

	story_begin(argc, argv, &closed);
	start_process("chatty", client, SIGPIPE, &story->us);
	start_process("server", server, chosen("killed") ? SIGKILL : 0, &story->peer);
	ready_and_go();
	await_end_of(&story->us);
	announce(OVER);
	await_ends();
	reason = why();
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = chosen("killed") ? "killed" : "close"},
		.no_why = chosen("at-odd-time"),
		.why = chosen("at-odd-time") ? NULL : &reason,
	});
}
