/*
 * The truth, as JSON with the names that tcpblame's own lines have: a subset of what its line must say, and null for
 * what the line must not have. Every string printed is one of our own, so none needs escaping.
 */
#include "story.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void tell_process(const struct process *process)
{
	printf("\"process\":{\"pid\":%d,\"tid\":%d,\"comm\":\"%s\",\"name\":\"%s\"}", process->pid, process->tid,
	       process->comm, process->name);
}

static void tell_attempt(const struct attempt *attempt, const char *file)
{
	putchar(',');
	tell_process(&attempt->by);
	printf(",\"write\":{\"syscall\":\"%s\",\"fd\":%d,\"bytes\":%zu,\"error\":\"%s\",\"file\":\"%s\"}",
	       attempt->syscall, attempt->fd, attempt->bytes, strerrorname_np(attempt->error), file);
	if (attempt->disposition)
		printf(",\"signal\":{\"name\":\"SIGPIPE\",\"disposition\":\"%s\"}", attempt->disposition);
	else
		printf(",\"signal\":null");
}

static void tell_connection(const struct truth *truth)
{
	if (truth->connection == NO_CONNECTION) {
		printf(",\"connection\":null");
		return;
	}
	printf(",\"connection\":{\"family\":\"%s\"", story->family == AF_INET6 ? "ipv6" : "ipv4");
	if (truth->connection == WHOLE_CONNECTION)
		printf(",\"local\":\"%s\",\"remote\":\"%s\"", story->local, story->remote);
	if (truth->opened_by)
		printf(",\"opened_by\":\"%s\"", truth->opened_by);
	putchar('}');
}

static void tell_peer(const struct peer_act *peer)
{
	printf(",\"peer\":{");
	tell_process(&story->peer);
	printf(",\"act\":\"%s\"", peer->act);
	if (peer->signal)
		printf(",\"signal\":\"%s\"", peer->signal);
	if (peer->linger_zero)
		printf(",\"linger_zero\":true");
	if (peer->unread > 0)
		printf(",\"unread\":%d", peer->unread);
	putchar('}');
}

void tell(const struct truth *truth)
{
	printf("{\"truth\":{\"type\":\"%s\",\"cause\":\"%s\",\"confidence\":\"observed\"", truth->type, truth->cause);
	if (truth->modifier)
		printf(",\"modifiers\":[\"%s\"]", truth->modifier);
	else if (truth->attempt)
		printf(",\"modifiers\":[]");
	if (truth->attempt)
		tell_attempt(truth->attempt, truth->file);
	tell_connection(truth);
	if (truth->bytes)
		printf(",\"bytes\":{\"unacknowledged\":%d,\"unread\":%d}", truth->bytes->unacknowledged,
		       truth->bytes->unread);
	if (truth->peer)
		tell_peer(truth->peer);
	printf("}}\n");
}
