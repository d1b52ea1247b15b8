/*
 * A client's connection is over its TCP_USER_TIMEOUT, and each time for another reason:
 * "--because stopped": the server is stopped by SIGSTOP, and does not read. Its host answers each probe of the full
 *   window; the client's bytes have no room.
 * "--because no-route": the client's host has lost its route, and can send nothing. What there is to write never
 * leaves. Over IPv6 the kernel notes that it had no route (inet6_csk_xmit()): the error is ENETUNREACH then.
 * "--because filtered-out": the client's host drops what goes out. That leaves nothing else behind than a lost route.
 * "--because filtered": the client's host drops what comes in. The server has read the bytes, and its answers are lost.
 * The next write takes the error, else ETIMEDOUT, without a signal, and the one after it is killed by SIGPIPE.
 */
#include "cgroup.h"
#include "netns.h"
#include "story.h"
#include "veth.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1500 };

static const struct story_option because = {"because", {"stopped", "no-route", "filtered-out", "filtered"}};

static char group[32]; /* the client's, for which a filter can be set alone */

static bool is(const char *choice)
{
	return strcmp(story->choice, choice) == 0;
}

/* The host's own word: no packet said so. */
static bool keeps_route_error(void)
{
	return is("no-route") && story->family == AF_INET6;
}

static void make_networks(void)
{
	/* Of many small packets a receiver drops those for which it has no memory: the window would shrink. */
	if (is("stopped")) {
		own_network();
		return;
	}
	two_networks();
	story->server[0] = FAR_IPV4;
	story->server[1] = FAR_IPV6;
}

static void server(void)
{
	char bytes[3];
	int fd;

	if (!is("stopped"))
		enter_far_network();
	fd = peer_accepts();
	if (is("stopped"))
		raise(SIGSTOP);
	if (is("filtered"))
		check(recv(fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes), "the client's bytes");
	await(OVER);
	/* No FIN would be answered; do not leave a socket that tries. */
	close_with_reset(fd);
}

static void fill_window(int fd)
{
	char data[4096] = {0};

	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	check(errno == EAGAIN, "filling the window");
}

static void client(void)
{
	unsigned timeout_ms = TIMEOUT_MS;
	int fd = us_connects();

	check(setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms)) == 0, "TCP_USER_TIMEOUT");
	if (is("no-route"))
		remove_route(NEAR_IPV4, NEAR_IPV6, "near");
	if (is("filtered-out"))
		drop_egress(group);
	if (is("filtered"))
		turn_deaf(fd);
	if (is("stopped"))
		fill_window(fd);
	else
		send_in_full(BY_WRITE, fd, 3);
	wait_for_poll(fd, POLLERR | POLLHUP);
	check(ioctl(fd, SIOCOUTQ, &story->noted) == 0, "SIOCOUTQ");
	send_in_vain(BY_WRITE, fd, 512, keeps_route_error() ? ENETUNREACH : ETIMEDOUT, NULL);
	flusher_is_killed(fd, 512);
}

static struct why reason(void)
{
	if (is("stopped"))
		return (struct why){.code = "window-closed", .process = &story->peer};
	if (is("no-route"))
		return (struct why){.code = "no-route", .or_confidence = "inferred"};
	if (is("filtered-out"))
		return (struct why){.code = "no-route", .or_code = "filtered-here", .confidence = "inferred"};
	/* A peer that is local shows that it has got the bytes, and not where its answers went. */
	return (struct why){.code = "filtered-here", .or_confidence = "inferred"};
}

static void report_verdicts(void)
{
	const struct why why = reason();

	report_writes(&(struct truth){
		.cause = keeps_route_error() ? "unreachable" : "timed-out",
		.opened_by = "us",
		.bytes = &(struct byte_counts){.unacknowledged = story->noted, .unread = 0},
		.no_peer = true,
		.why = &why,
		.no_icmp = true,
	});
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &because);
	make_networks();
	snprintf(group, sizeof(group), "client-%d", getpid());
	enter_new_cgroup(group);
	start_process("client", client, SIGPIPE, &story->us);
	leave_cgroup();
	start_process("server", server, 0, &story->peer);
	ready_and_go();
	await_end_of(&story->us);
	/* Whoever looks for it finds it as it was: stopped, with what it has not read. */
	nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
	announce(OVER);
	kill(story->peer.pid, SIGCONT);
	await_ends();
	remove_cgroup(group);
	report_verdicts();
}
