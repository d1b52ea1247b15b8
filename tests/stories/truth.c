/*
 * The truth, as JSON with the names that tcpblame's own lines have: a subset of what its line must say, and null for
 * what the line must not have. Every string printed is one of our own, so none needs escaping; a name that does comes
 * with its escaped form.
 */
#include "story.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

bool file_close_is_seen(void)
{
	return access("/sys/bus/event_source/devices/kprobe", F_OK) == 0;
}

bool reset_packet_is_seen(void)
{
	struct utsname kernel;
	int major;
	int minor;

	check(uname(&kernel) == 0 && sscanf(kernel.release, "%d.%d", &major, &minor) == 2, "the kernel's version");
	return file_close_is_seen() && (major > 5 || (major == 5 && minor >= 11));
}

static void report_one_of(const char *one, const char *other)
{
	if (other)
		printf("{\"$any\":[\"%s\",\"%s\"]}", one, other);
	else
		printf("\"%s\"", one);
}

static void report_either(const char *member, const char *one, const char *other)
{
	printf(",\"%s\":", member);
	report_one_of(one, other);
}

static void report_names(const struct process *process)
{
	printf(",\"comm\":\"%s\",\"name\":\"%s\"", process->shown ? process->shown : process->comm,
	       process->shown ? process->shown : process->name);
	if (process->own_pid)
		printf(",\"own_pid\":%d", process->own_pid);
}

static void report_process(const struct process *process)
{
	printf("\"process\":{\"pid\":%d,\"tid\":%d", process->pid, process->tid);
	report_names(process);
	putchar('}');
}

/* Which of its threads it was is nobody's concern. */
static void report_actor(const char *member, const struct process *process)
{
	printf(",\"%s\":{\"pid\":%d", member, process->pid);
	report_names(process);
	putchar('}');
}

static void report_stray_signal(const struct stray_signal *stray)
{
	putchar(',');
	report_process(stray->receiver);
	printf(",\"write\":null,\"signal\":{\"name\":\"SIGPIPE\",\"disposition\":\"%s\",\"origin\":\"%s\"",
	       stray->disposition ? stray->disposition : "killed", stray->origin ? stray->origin : "process");
	if (stray->sender)
		report_actor("sender", stray->sender);
	else
		printf(",\"sender\":null");
	putchar('}');
}

/* Built with debug information, so that its line must be known as well. */
static void report_stack(const char *function)
{
	printf(",\"stack\":{\"$some\":{\"function\":\"%s\",\"file\":{\"$present\":true},"
	       "\"line\":{\"$at_least\":1}}}",
	       function);
}

static void report_container(void)
{
	printf(",\"container\":{\"id\":\"%s\",\"runtime\":\"docker\"}", story->container);
}

static void report_attempt(const struct attempt *attempt, const struct truth *truth)
{
	printf(",\"process\":{\"pid\":%d,\"tid\":%d", attempt->by.pid, attempt->by.tid);
	report_names(&attempt->by);
	if (truth->located)
		printf(",\"cgroup\":{\"$present\":true}");
	if (story->container[0])
		report_container();
	putchar('}');
	if (truth->located)
		printf(",\"stack\":{\"$present\":true}");
	printf(",\"write\":{\"syscall\":\"%s\"", attempt->syscall);
	if (attempt->elusive_fd)
		printf(",\"fd\":{\"$any\":[null,%d]}", attempt->fd);
	else if (attempt->fd >= 0)
		printf(",\"fd\":%d", attempt->fd);
	if (attempt->elusive_bytes)
		printf(",\"bytes\":{\"$any\":[null,%zu]}", attempt->bytes);
	else
		printf(",\"bytes\":%zu", attempt->bytes);
	printf(truth->elusive_file ? ",\"file\":{\"$any\":[null,\"%s\"]}" : ",\"file\":\"%s\"", truth->file);
	printf(",\"error\":\"%s\"}", strerrorname_np(attempt->error));
	if (attempt->disposition)
		printf(",\"signal\":{\"name\":\"SIGPIPE\",\"disposition\":\"%s\"}", attempt->disposition);
	else
		printf(",\"signal\":null");
}

static void report_ends(const struct attempt *attempt)
{
	const bool noted = attempt && attempt->local[0];

	printf(",\"local\":\"%s\",\"remote\":\"%s\"", noted ? attempt->local : story->local,
	       noted ? attempt->remote : story->remote);
	if (story->netns)
		printf(",\"netns\":%lu", story->netns);
}

static void report_connection(const struct truth *truth)
{
	if (truth->connection == NO_CONNECTION) {
		printf(",\"connection\":null");
		return;
	}
	printf(",\"connection\":{\"family\":\"%s\"", story->family == AF_INET6 && !story->mapped ? "ipv6" : "ipv4");
	if (truth->connection == WHOLE_CONNECTION)
		report_ends(truth->attempt);
	if (truth->opened_by)
		printf(truth->elusive_peer ? ",\"opened_by\":{\"$any\":[null,\"%s\"]}" : ",\"opened_by\":\"%s\"",
		       truth->opened_by);
	putchar('}');
}

static void report_peer(const struct peer_act *peer)
{
	printf("{\"act\":\"%s\"", peer->act);
	if (peer->by_pid) {
		printf(",\"process\":{\"pid\":%d}", story->peer.pid);
	} else if (peer->by_any_thread) {
		report_actor("process", &story->peer);
	} else if (!peer->by_anyone) {
		putchar(',');
		report_process(&story->peer);
	}
	if (peer->signal)
		printf(",\"signal\":\"%s\"", peer->signal);
	if (peer->linger_zero)
		printf(",\"linger_zero\":true");
	if (peer->unread > 0)
		printf(",\"unread\":%d", peer->unread);
	if (peer->called_in)
		report_stack(peer->called_in);
	putchar('}');
}

static void report_timeout(const struct timeout *timeout)
{
	printf(",\"timeout\":{\"kind\":\"%s\"", timeout->kind);
	if (timeout->min_retransmits > 0)
		printf(",\"retransmits\":{\"$at_least\":%d}", timeout->min_retransmits);
	if (timeout->min_probes > 0)
		printf(",\"probes\":{\"$at_least\":%d}", timeout->min_probes);
	if (timeout->user_timeout_ms > 0)
		printf(",\"user_timeout_ms\":%d", timeout->user_timeout_ms);
	putchar('}');
}

static void report_signal_of(const struct why *why)
{
	if (why->origin)
		printf(",\"origin\":\"%s\"", why->origin);
	if (why->sender)
		report_actor("sender", why->sender);
	if (why->no_sender)
		printf(",\"sender\":null");
	if (why->address)
		printf(",\"address\":%ld", why->address);
	if (why->memory_cgroup)
		printf(",\"memory\":{\"cgroup\":\"%s\",\"limit\":%ld}", why->memory_cgroup, why->memory_limit);
}

static void report_why(const struct why *why)
{
	printf(",\"why\":{\"$first\":{\"code\":");
	report_one_of(why->code, why->or_code);
	report_either("confidence", why->confidence ? why->confidence : "observed", why->or_confidence);
	/* Of one that has done nothing no thread is known. */
	if (why->process)
		printf(",\"process\":{\"pid\":%d,\"name\":\"%s\"}", why->process->pid, why->process->name);
	if (why->signal)
		printf(",\"signal\":\"%s\"", why->signal);
	if (why->bytes > 0)
		printf(",\"bytes\":%d", why->bytes);
	if (why->backlog > 0)
		printf(",\"backlog\":%d", why->backlog);
	if (why->min_dropped > 0)
		printf(",\"dropped\":{\"$at_least\":%d}", why->min_dropped);
	if (why->min_lasted_ms > 0)
		printf(",\"lasted_ns\":{\"$at_least\":%ld}", why->min_lasted_ms * 1000000L);
	if (why->ended_by)
		printf(",\"peer\":{\"act\":\"%s\",\"process\":{\"pid\":%d,\"name\":\"%s\"}}", why->by_act,
		       why->ended_by->pid, why->ended_by->name);
	report_signal_of(why);
	printf("}}");
}

static void report_reset_packet(const struct truth *truth)
{
	printf("\"interface\":\"%s\",\"ttl\":%d,\"data_ttl\":", truth->reset_packet.interface, truth->reset_packet.ttl);
	if (truth->reset_packet.data_ttl)
		printf("%d", truth->reset_packet.data_ttl);
	else
		printf("null");
}

static void report_reset(const struct truth *truth)
{
	bool packet = truth->reset_packet.interface && reset_packet_is_seen();

	if (!packet && !truth->reset_origin)
		return;
	printf(",\"reset\":{");
	if (truth->reset_origin)
		printf("\"origin\":\"%s\"%s", truth->reset_origin, packet ? "," : "");
	if (packet)
		report_reset_packet(truth);
	printf("}");
}

static void report_timeline(const struct truth *truth)
{
	if (truth->no_fin_received)
		printf(",\"timeline\":{\"$none\":{\"event\":\"fin-received\"}}");
	else if (truth->fin_received)
		printf(",\"timeline\":{\"$some\":{\"event\":\"fin-received\"}}");
	else if (truth->written > 0)
		printf(",\"timeline\":{\"$some\":{\"event\":\"written\",\"bytes\":%d}}", truth->written);
}

void report_none(const char *type)
{
	printf("{\"truth\":{\"type\":\"%s\",\"count\":0}}\n", type);
}

void report(const struct truth *truth)
{
	printf("{\"truth\":{\"type\":\"%s\"", truth->type);
	report_either("cause", truth->cause, truth->or_cause);
	report_either("confidence", truth->confidence ? truth->confidence : "observed", truth->or_confidence);
	if (truth->count > 0)
		printf(",\"count\":%d", truth->count);
	if (truth->modifier)
		printf(",\"modifiers\":[\"%s\"]", truth->modifier);
	else if (truth->attempt || truth->stray)
		printf(",\"modifiers\":[]");
	if (truth->attempt)
		report_attempt(truth->attempt, truth);
	report_connection(truth);
	if (truth->bytes && truth->unread_by_peer > 0)
		printf(",\"bytes\":{\"unacknowledged\":%d,\"unread\":%d,\"unread_by_peer\":%d}",
		       truth->bytes->unacknowledged, truth->bytes->unread, truth->unread_by_peer);
	else if (truth->bytes)
		printf(",\"bytes\":{\"unacknowledged\":%d,\"unread\":%d}", truth->bytes->unacknowledged,
		       truth->bytes->unread);
	else if (truth->no_byte_counts)
		printf(",\"bytes\":{\"$any\":[null,{\"unacknowledged\":null,\"unread\":null}]}");
	if (truth->peer) {
		printf(truth->elusive_peer ? ",\"peer\":{\"$any\":[null," : ",\"peer\":");
		report_peer(truth->peer);
		printf(truth->elusive_peer ? "]}" : "");
	} else if (truth->no_peer)
		printf(",\"peer\":null");
	if (truth->reset_reason)
		printf(",\"reset_reason\":{\"$any\":[null,\"%s\"]}", truth->reset_reason);
	if (truth->translated.local)
		printf(",\"translated\":{\"local\":\"%s\",\"remote\":\"%s\"}", truth->translated.local,
		       truth->translated.remote);
	else if (truth->not_translated)
		printf(",\"translated\":null");
	if (truth->timeout)
		report_timeout(truth->timeout);
	if (truth->why)
		report_why(truth->why);
	else if (truth->no_why)
		printf(",\"why\":null");
	report_reset(truth);
	if (truth->icmp)
		printf(",\"icmp\":{\"kind\":\"%s\"}", truth->icmp);
	else if (truth->no_icmp)
		printf(",\"icmp\":null");
	report_timeline(truth);
	if (truth->stray)
		report_stray_signal(truth->stray);
	if (truth->holder)
		printf(",\"process\":{\"pid\":%d,\"fd\":%d}", truth->holder->process->pid, truth->holder->fd);
	if (truth->closed_first)
		printf(",\"closed_first\":\"%s\"", truth->closed_first);
	if (truth->killed_by)
		report_actor("killed_by", truth->killed_by);
	printf("}}\n");
}

void report_writes(const struct truth *truth)
{
	for (int i = 0; i < story->attempt_count; i++) {
		struct truth write = *truth;

		write.type = "verdict";
		write.attempt = &story->attempts[i];
		if (!write.file)
			write.file = "tcp";
		if (i > 0)
			write.modifier = "error-already-taken";
		report(&write);
	}
}
