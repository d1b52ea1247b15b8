/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What to watch and what to take: set by userspace before the programs load, constant after.
 * The verifier sees the values, so a filter that is not asked for costs nothing.
 */
#ifndef TCPBLAME_CONFIG_H
#define TCPBLAME_CONFIG_H

#include "cpu_state.h" /* with it, all that the skeleton shows of the programs' data is declared */

#include <linux/types.h>

#define CONFIG_LIST_MAX 16 /* entries of a comma list */
#define CONFIG_HOSTS_MAX 8

/* Addresses of one family whose bits under the mask are these; as in a four-tuple: IPv4 in the first word. */
struct host_prefix {
	__u32 address[4]; /* network byte order, as is the mask */
	__u32 mask[4];
	__u32 family; /* 4 or 6 */
};

#define KEPT_WAYS 4	    /* of one set of kept ends: kept.bpf.h */
#define KEPT_SET_BYTES 5824 /* KEPT_WAYS of struct kept and of struct kept_acts: maps.bpf.h holds it to that */
#define KEPT_SK_SLOT_BYTES 40

struct config {
	__u64 pidns_ino;    /* inode of the tracer's pid namespace */
	__u64 wakeup_bytes; /* wake the reader when this much waits in the ring */
	__u32 port_count;   /* either end */
	__u32 local_port_count;
	__u32 remote_port_count;
	__u32 pid_count;
	__u32 comm_count;
	__u32 cgroup_count;
	__u32 netns_count;
	__u32 host_count; /* either end */
	__u32 jiffy_us;	  /* 1,000,000 / HZ */
	__u32 page_bytes;
	__u32 sk_slots_mask;	      /* places in that table, a power of two, less one */
	__u32 kept_sets_mask;	      /* sets of kept ends, a power of two, less one */
	__u16 ports[CONFIG_LIST_MAX]; /* host byte order */
	__u16 local_ports[CONFIG_LIST_MAX];
	__u16 remote_ports[CONFIG_LIST_MAX];
	__u32 pids[CONFIG_LIST_MAX]; /* in the tracer's pid namespace */
	char comms[CONFIG_LIST_MAX][16];
	__u64 cgroups[CONFIG_LIST_MAX]; /* ids: they and all below them */
	__u32 netns[CONFIG_LIST_MAX];	/* inode numbers */
	struct host_prefix hosts[CONFIG_HOSTS_MAX];
	__u8 want_ipv4;
	__u8 want_ipv6;
	__u8 follow;		 /* children of the pids too */
	__u8 all;		 /* every connection's end, with all its states */
	__u8 pidns_is_initial;	 /* the kernel's own pids are what the tracer sees */
	__u8 keeps;		 /* what an orderly end says stays in the kernel until something breaks */
	__u8 unanswered;	 /* … but where the peer closes and our side had sent data last */
	__u8 culprits;		 /* what breaks for others on the connections of those that the filters name */
	__u8 samples;		 /* … but for some connections: a recording is made */
	__u8 no_stacks;		 /* of whoever writes, closes or dies */
	__u8 forgets;		 /* the verifier is to: forget.bpf.h */
	__u8 never;		 /* 0: reentry_guard.bpf.h */
	__u8 reset_has_reason;	 /* tcp_send_reset has a third argument (6.10) */
	__u8 oom_victim_is_task; /* mark_victim passes a task (6.9), not a number */
	/* SK_RST_REASON_… of the running kernel, indexed by its number, as enum wire_reset_reason. */
	__u8 reset_reasons[64];
};

#define PEER_SEARCH_MAX 16

/*
 * A socket that the reader asks for: the four-tuple as that socket sees it (struct wire_socket: local, remote); or the
 * ISNs of both directions, off by two at most, where a translation between the ends has rewritten the four-tuple.
 */
struct wanted_socket {
	__u32 local[4];
	__u32 remote[4];
	__u16 local_port; /* host byte order */
	__u16 remote_port;
	__u32 isn_sent;
	__u32 isn_received;
	__u32 has_isns;
};

/* What an iterator over all open files is to look for. Written by the reader before it reads one; a count of 0: for
 * what was open at the attach. */
struct peer_search {
	__u32 count;
	struct wanted_socket wanted[PEER_SEARCH_MAX];
};

#endif
