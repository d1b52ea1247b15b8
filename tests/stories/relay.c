/*
 * The client's server is a relay: what comes on its other connection, to a worker, it passes on, and the end, too. The
 * worker is killed, exits, closes or aborts; or it lives, and the relay closes of its own accord, both connections or
 * only the client's.
 */
#include "story.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct story_option worker = {"worker", {"is-killed", "exits", "closes", "aborts", "lives", "lives-on"}};

enum { REQUEST = 5, ANSWER = 7 };

static bool chosen(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

static bool is_passed_on(void)
{
	return !chosen("lives") && !chosen("lives-on");
}

/* The same port as the relay's, for the tool to be asked for both connections: at another address. */
static struct sockaddr_in behind(void)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)story->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1),
	};
}

static void work(void)
{
	struct sockaddr_in address = behind();
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	char request[REQUEST];
	int fd;

	check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 1) == 0, "listen");
	announce(OWN_STEP);
	fd = accept(listener, NULL, NULL);
	check(recv(fd, request, REQUEST, MSG_WAITALL) == REQUEST, "the request");
	send_in_full(BY_WRITE, fd, ANSWER);
	await(THIRD_STEP);
	if (chosen("exits"))
		return;
	if (chosen("closes"))
		close(fd);
	if (chosen("aborts"))
		close_with_reset(fd);
	await(OVER);
}

/* False at its end. */
static bool pass(int from, int to)
{
	char data[64];
	ssize_t size = read(from, data, sizeof(data));

	return size > 0 && write(to, data, (size_t)size) == size;
}

static void relay(void)
{
	struct sockaddr_in address = behind();
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = peer_accepts();
	struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	bool open = true;
	int passed = 0;

	check(connect(server, (struct sockaddr *)&address, sizeof(address)) == 0, "connecting to the worker");
	while (open && (is_passed_on() || passed < 2)) {
		check(poll(ends, 2, -1) > 0, "poll");
		for (int i = 0; i < 2 && open; i++) {
			if (!ends[i].revents)
				continue;
			open = pass(ends[i].fd, ends[1 - i].fd);
			passed += open;
		}
	}
	if (!is_passed_on())
		await(THIRD_STEP);
	close(client);
	if (!chosen("lives-on"))
		close(server);
	await(OVER);
}

static void client(void)
{
	char answer[ANSWER];
	int fd = us_connects();

	send_in_full(BY_WRITE, fd, REQUEST);
	check(recv(fd, answer, ANSWER, MSG_WAITALL) == ANSWER, "the answer");
	announce(SECOND_STEP);
	write_twice_after_fin(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &worker);
	start_process("client", client, SIGPIPE, &story->us);
	start_process("worker", work, chosen("is-killed") ? SIGKILL : 0, &story->other);
	await(OWN_STEP);
	start_process("relay", relay, 0, &story->peer);
	ready_and_go();
	await(SECOND_STEP);
	announce(THIRD_STEP);
	announce(THIRD_STEP);
	if (chosen("is-killed"))
		check(kill(story->other.pid, SIGKILL) == 0, "kill");
	await_end_of(&story->us);
	announce(OVER);
	announce(OVER);
	await_ends();
	report(&(struct truth){
		.type = "verdict",
		.cause = "peer-closed",
		.attempt = &story->attempts[0],
		.file = "tcp",
		.connection = WHOLE_CONNECTION,
		.opened_by = "us",
		.peer = &(struct peer_act){.act = "close"},
		.no_why = !is_passed_on(),
		.not_translated = true,
		.why = is_passed_on() ? &(struct why){.code = "passed-on",
						      .confidence = "inferred",
						      .process = &story->peer,
						      .ended_by = &story->other,
						      .by_act = chosen("is-killed") ? "killed"
								: chosen("exits")   ? "exit"
										    : "close"}
				      : NULL,
	});
}
