/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Which sockets and tasks an event may be about.
 *
 * A connection passes with both of its ends, for a verdict needs both: the reader picks the end
 * that was asked for. What passes here may therefore be more than is reported, never less.
 */
#ifndef TCPBLAME_FILTER_BPF_H
#define TCPBLAME_FILTER_BPF_H

#include "flows.bpf.h"
#include "kept.bpf.h"
#include "sk_state.bpf.h"
#include "socket.bpf.h"
#include "task.bpf.h"

static __always_inline bool port_listed(const volatile u16 *list, u32 count, u16 port)
{
	for (u32 i = 0; i < CONFIG_LIST_MAX; i++) {
		if (i >= count)
			break;
		if (list[i] == port)
			return true;
	}
	return false;
}

static __always_inline bool in_prefix(const volatile struct host_prefix *prefix, const u32 *address)
{
	return !(((address[0] ^ prefix->address[0]) & prefix->mask[0]) |
		 ((address[1] ^ prefix->address[1]) & prefix->mask[1]) |
		 ((address[2] ^ prefix->address[2]) & prefix->mask[2]) |
		 ((address[3] ^ prefix->address[3]) & prefix->mask[3]));
}

static __always_inline bool host_listed(const struct four_tuple *tuple)
{
	for (u32 i = 0; i < CONFIG_HOSTS_MAX; i++) {
		if (i >= config.host_count)
			break;
		if (config.hosts[i].family != tuple->family)
			continue;
		if (in_prefix(&config.hosts[i], tuple->local) || in_prefix(&config.hosts[i], tuple->remote))
			return true;
	}
	return false;
}

/* Seen from either end: our local port is the other end's remote port. */
static __always_inline bool tuple_matches(const struct four_tuple *tuple)
{
	if (tuple->family == 4 ? !config.want_ipv4 : !config.want_ipv6)
		return false;
	if (config.port_count && !port_listed(config.ports, config.port_count, tuple->local_port) &&
	    !port_listed(config.ports, config.port_count, tuple->remote_port))
		return false;
	if (config.local_port_count && !port_listed(config.local_ports, config.local_port_count, tuple->local_port) &&
	    !port_listed(config.local_ports, config.local_port_count, tuple->remote_port))
		return false;
	if (config.remote_port_count &&
	    !port_listed(config.remote_ports, config.remote_port_count, tuple->remote_port) &&
	    !port_listed(config.remote_ports, config.remote_port_count, tuple->local_port))
		return false;
	/* A listener has no remote address yet: its connections may pass. */
	if (config.host_count && tuple->remote_port && !host_listed(tuple))
		return false;
	return true;
}

/* A filter by port, address or network namespace asks about connections: other files are not meant. */
static __always_inline bool portless_files_pass(void)
{
	return !config.port_count && !config.local_port_count && !config.remote_port_count && !config.host_count &&
	       config.want_ipv4 && config.want_ipv6 && !config.netns_count;
}

static __always_inline bool netns_listed(u32 ino)
{
	if (!config.netns_count)
		return true;
	for (u32 i = 0; i < CONFIG_LIST_MAX; i++) {
		if (i >= config.netns_count)
			break;
		if (config.netns[i] == ino)
			return true;
	}
	return false;
}

static __always_inline bool netns_passes(struct sock *sk)
{
	return !config.netns_count || netns_listed(netns_of_socket(sk));
}

static __always_inline bool flow_watched(const struct four_tuple *tuple)
{
	return (keeps() && kept_knows(hash_of_tuple(tuple))) || (flows_filled && has_flow(tuple));
}

/* The other end passes, too. `owner`: the socket's cookie, or 0. */
static __always_inline void watch_flow(const struct four_tuple *tuple, u64 owner)
{
	if (tuple->remote_port && !(owner && mark_kept(tuple, owner, 0)))
		put_flow(tuple);
}

static __always_inline void watch_listener_at(u32 netns, u16 port)
{
	struct listener_key key = {.netns = netns, .port = port};
	u8 yes = 1;

	bpf_map_update_elem(&listeners, &key, &yes, BPF_ANY);
}

static __always_inline void watch_listener(struct sock *sk, const struct four_tuple *tuple)
{
	watch_listener_at(netns_of_socket(sk), tuple->local_port);
}

static __always_inline bool listener_watched(struct sock *sk, const struct four_tuple *tuple)
{
	struct listener_key key = {.netns = netns_of_socket(sk), .port = tuple->local_port};

	return bpf_map_lookup_elem(&listeners, &key) != NULL;
}

/* A call on this connection failed: of a process that the filters name, or of one for which these may have broken it.
 */
static __always_inline bool caller_passes(const struct four_tuple *tuple, const struct sk_state *mine)
{
	if (current_passes())
		return true;
	return config.culprits && ((mine && mine->watched) || (tuple->remote_port && flow_watched(tuple)));
}

/*
 * Does this socket concern us? A task that acts on it under its lock and that the filters name
 * makes it watched from there on.
 */
static __always_inline bool socket_passes(struct sock *sk, const struct four_tuple *tuple, struct sk_state *notes_of)
{
	if (notes_of && notes_of->watched)
		return true;
	if (!tuple_matches(tuple))
		return false;
	if (!netns_passes(sk)) /* the other end may be in one that is asked for */
		return flow_watched(tuple);
	if (!by_process())
		return true;
	if (sk->sk_lock.owned && current_passes()) {
		if (notes_of)
			notes_of->watched = 1;
		watch_flow(tuple, identity_of(TRUSTED, sk));
		return true;
	}
	return flow_watched(tuple);
}

#endif
