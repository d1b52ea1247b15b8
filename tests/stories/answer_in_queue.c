/*
 * A client sends a large request. The server reads its head, answers that it is too large, and closes with the rest
 * unread: a RST follows the answer. The client's next write takes the ECONNRESET. But the answer lies in its receive
 * queue still, and says why; the client lives on and reads it, after the verdict.
 */
#include "story.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 100, REST = 400, ANSWER = 37 };

static void server(void)
{
	char head[HEAD];
	int fd = peer_accepts();

	check(recv(fd, head, sizeof(head), MSG_WAITALL) == HEAD, "the request's head");
	wait_for_queue(fd, FIONREAD, REST);
	send_in_full(BY_WRITE, fd, ANSWER);
	await(OWN_STEP);
	close(fd);
}

static void client(void)
{
	char answer[512];
	int fd = us_connects();

	send_in_full(BY_WRITE, fd, HEAD);
	send_in_full(BY_WRITE, fd, REST);
	wait_for_queue(fd, SIOCOUTQ, 0);
	wait_for_queue(fd, FIONREAD, ANSWER);
	announce(OWN_STEP);
	wait_for_poll(fd, POLLERR | POLLHUP);
	send_in_vain(BY_WRITE, fd, 512, ECONNRESET, NULL);
	/* When the verdict is reported, most likely. */
	sleep(1);
	check(read(fd, answer, sizeof(answer)) == ANSWER, "the answer");
	check(read(fd, answer, sizeof(answer)) == 0, "the end after it");
	close(fd);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, NULL);
	us_and_peer("client", client, 0, "server", server);
	report_writes(&(struct truth){
		.cause = "peer-aborted",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = 0, .unread = ANSWER},
		.unread_by_peer = REST,
		.peer = &(struct peer_act){.act = "close", .unread = REST},
	});
}
