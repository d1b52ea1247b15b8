/*
 * A server and its worker share a listener. A talker keeps the worker busy, without a pause. Meanwhile a client
 * connects to the server again and again and aborts with SO_LINGER 0, and each time the server's next write takes
 * the ECONNRESET. All share one processor: whoever blames the process that runs when a RST comes in may name the
 * talker or the worker, which have nothing to do with it.
 * With "--packets-on other-cpu" the packets are received on the processor where the talker and the worker run, and
 * the server and the client run on another: the wrong process is the one to be seen, nearly always.
 */
#include "netns.h"
#include "story.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 50 };

static const struct story_option packets_on = {"packets-on", {"same-cpu", "other-cpu"}};

static int listener;

static bool on_other_cpu(void)
{
	return strcmp(story->choice, "other-cpu") == 0;
}

/* The same one as the first where the machine has no other. */
static int bystanders_cpu(void)
{
	return on_other_cpu() && sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
}

static void run_on(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	check(sched_setaffinity(0, sizeof(only), &only) == 0, "sched_setaffinity");
}

static void talker(void)
{
	char byte = 0;
	int fd;

	run_on(bystanders_cpu());
	await(LISTENING);
	fd = connect_to_port(0);
	check(errno == 0, "connect");
	while (sem_trywait(&story->steps[OVER]) != 0)
		check(write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1, "talking");
	close(fd);
}

static void worker(void)
{
	char byte;
	int fd;

	run_on(bystanders_cpu());
	fd = accept(listener, NULL, NULL);
	check(fd >= 0, "accept");
	announce(OWN_STEP);
	while (read(fd, &byte, 1) == 1)
		check(write(fd, &byte, 1) == 1, "answering");
	close(fd);
}

static void server(void)
{
	await(GO);
	listener = listening_socket(1);
	start_process("worker", worker, 0, &story->fourth);
	run_on(0);
	announce(LISTENING);
	/* The worker has the talker; all others are ours. */
	await(OWN_STEP);
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd;

		announce(SECOND_STEP);
		fd = us_accepts_from(listener);
		announce(THIRD_STEP);
		wait_for_poll(fd, POLLERR | POLLHUP);
		send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
		close(fd);
	}
	announce(OVER);
	await_ends();
}

static void client(void)
{
	run_on(0);
	for (int i = 0; i < CONNECTIONS; i++) {
		int fd;

		await(SECOND_STEP);
		fd = connect_to_port(0);
		check(errno == 0, "connect");
		/* Accepted: else it would be the story of a connection that nobody ever saw. */
		await(THIRD_STEP);
		close_with_reset(fd);
	}
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &packets_on);
	if (on_other_cpu()) {
		own_network();
		receive_on_cpu(bystanders_cpu());
	}
	start_process("orders-api", server, 0, &story->us);
	start_process("client", client, 0, &story->peer);
	start_process("talker", talker, 0, &story->other);
	play();
	for (int i = 0; i < CONNECTIONS; i++)
		report(&(struct truth){
			.type = "verdict",
			.cause = "peer-aborted",
			.attempt = &story->attempts[i],
			.file = "tcp",
			.opened_by = "peer",
			.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = 0},
			.peer = &(struct peer_act){.act = "close", .linger_zero = true},
		});
}
