/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Evidence stays in the kernel: what a connection's orderly end says is kept here, and sent when something breaks.
 *
 * A table of sets of KEPT_WAYS slots. A slot is one end of a connection: its socket's transitions, as the events that
 * they would have been. Both ends of a connection, in whichever network namespaces, fall into one set, for the hash is
 * of the four-tuple and the same from either side: so both are found when one of them breaks. A hash of 64 bits stands
 * for the connection; by the sequence numbers the reader keeps apart those of the same addresses.
 *
 * Nothing is lost for want of room: what a slot held that makes room is sent to the reader, which remembers it within
 * --max-memory. Only of ends that are gone here, and whose peers on other hosts have not closed yet, the oldest are
 * overwritten, and that is noted.
 *
 * `owner` is a lock: whoever sets its highest bit may change the slot. Who finds it set does not wait: he sends what he
 * has, and what is in the slot, where that is to be sent, whoever unlocks it.
 */
#ifndef TCPBLAME_KEPT_BPF_H
#define TCPBLAME_KEPT_BPF_H

#include "closes.bpf.h"
#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

#define KEPT_BUSY (1ULL << 63)
#define KEPT_WANTED (1ULL << 62) /* only while it is locked: it is to be sent, and whoever unlocks it does that */
#define KEPT_OWNER (KEPT_WANTED - 1)

/* Its worth: in the order of these, and by time within the last two, in steps of a minute that go round in weeks. */
#define KEPT_WORTH_NOTHING 1 /* it was sent, or the connection is over */
#define KEPT_WORTH_ABANDONED 2
#define KEPT_WORTH_LIVING 0x8000
#define KEPT_WORTH_TIME(ns) ((u16)((ns) >> 36) & 0x3fff)

enum kept_flags {
	KEPT_SENT = 1,	    /* the connection broke: what is to be said of it was sent, and goes on to be */
	KEPT_ENDED = 2,	    /* its socket is gone, or its process has closed it */
	KEPT_ABANDONED = 4, /* … and the peer, on another host, has not closed as far as is known */
	KEPT_FIN_SENT = 8,  /* by this end */
	KEPT_FIN_RECEIVED = 16,
	KEPT_OVER =
		32, /* both ends are: of no use but to say why a proxy closed another. Whoever needs the place has it */
};

enum kept_purpose {
	KEPT_TO_FILL, /* with one more transition; or to mark a connection that broke, if need be in another's place */
	KEPT_TO_MARK, /* where that costs nobody else his slot */
};

static __always_inline u64 hash_of_end(const u32 *address, u16 port)
{
	u64 low = (u64)address[1] << 32 | address[0];
	u64 high = (u64)address[3] << 32 | address[2];
	u64 hash = (low + port * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;

	hash = ((hash ^ hash >> 29) + high) * 0x94d049bb133111ebULL;
	return hash ^ hash >> 32;
}

/* The old programs have no compare-and-swap; and without a call of a function they are verified in less time. */
static __always_inline bool keeps(void)
{
	return !OLD_PROGRAMS && config.keeps;
}

/* The same from either end. */
static __always_inline u64 hash_of_tuple(const struct four_tuple *tuple)
{
	return hash_of_end(tuple->local, tuple->local_port) + hash_of_end(tuple->remote, tuple->remote_port);
}

/* Which of its set's few connections; 31 bits. */
static __always_inline u32 tag_of(u64 hash)
{
	return (u32)(hash >> 32) | 1;
}

static __always_inline u32 place_of_set(u64 hash)
{
	return (u32)(hash >> 8) & config.kept_sets_mask;
}

static __always_inline struct kept_set *kept_set_of(u64 hash)
{
	u32 at = place_of_set(hash);

	return bpf_map_lookup_elem(&kept, &at);
}

static __always_inline struct kept_acts_set *kept_acts_of(u64 hash)
{
	u32 at = place_of_set(hash);

	return bpf_map_lookup_elem(&kept_acts, &at);
}

/* Bounded, whatever the compiler knows of it: the verifier has to see it. */
static __always_inline u64 way_in(u64 way)
{
	asm volatile("" : "+r"(way));
	way &= KEPT_WAYS - 1;
	asm volatile("" : "+r"(way));
	return way;
}

static __always_inline bool lock_kept(struct kept *slot, u64 owner)
{
	return compare_and_swap(&slot->owner, owner, owner | KEPT_BUSY) == owner;
}

/* True where it was wanted meanwhile: kept_flush(). */
static __always_inline bool unlock_kept(struct kept *slot, u64 owner)
{
	return swap(&slot->owner, owner) & KEPT_WANTED;
}

/*
 * In kept.bpf.c, and not inlined: they take numbers and give numbers, so the verifier walks each of them once a
 * program.
 */

/*
 * The way of this end's slot, locked; a new one where it has none. Negative where there is none to be had: the
 * connection has broken, or another CPU is at the slot.
 */
int kept_take(u64 hash, u64 owner, u32 purpose);

/* The same, where `way` was this end's the last time: nothing is searched. -2 where it is not any more. */
static __always_inline int kept_take_again(u64 hash, u64 owner, u64 way)
{
	struct kept_set *set = kept_set_of(hash);
	struct kept *slot;

	if (!set)
		return -1;
	slot = &set->ways[way_in(way)];
	if (slot->owner != owner || slot->tag != tag_of(hash))
		return -2;
	if (slot->flags & KEPT_SENT || slot->count >= KEPT_ACTS)
		return -2;
	return lock_kept(slot, owner) ? (int)(way & (KEPT_WAYS - 1)) : -1;
}

/* Sends what this slot holds. */
int kept_send(u64 hash, u32 way);

/*
 * Sends what is kept of both ends. What they do from now on is sent as it happens. Gives whether anything was known of
 * the connection.
 */
int kept_flush(u64 hash);

/* A process that closed one of its ends, as far as that is kept, but for this one; 0: nobody did. */
int kept_closer(u64 hash, u32 but);

/*
 * This process has closed the connection, which broke: sends what is kept of others that it closed at about that time.
 * Gives a process that had closed the other end of one of these, which closes_of() this one has; 0: nobody had.
 */
int kept_flush_near(u32 tgid, u64 hash);

#define PROXIES_MAX 3

/* The same; and for each process that had closed one of those, the same. */
static __always_inline void flush_near(u32 tgid, u64 hash)
{
#pragma unroll
	for (int hop = 0; hop < PROXIES_MAX; hop++) {
		u32 next = tgid ? kept_flush_near(tgid, hash) : 0;

		hash = closes_of(tgid)->passed;
		tgid = next;
	}
}

enum kept_ended {
	KEPT_UNKNOWN, /* it was sent, or never kept */
	KEPT_REMAINS, /* its other end is not over yet */
	KEPT_IS_OVER, /* nobody will ask for it: both ends are, or this one is and the other, on another host, has
			 closed */
	KEPT_END_WANTED = 4, /* or'ed to the others: it is to be sent, by kept_flush() */
};

/* This end is over. What is over makes room first, and nobody hears of it. */
int kept_end(u64 hash, u64 owner); /* enum kept_ended */

/* Is anything known of the connection? */
int kept_knows(u64 hash);

static __always_inline int flush_kept(const struct four_tuple *tuple)
{
	return keeps() ? kept_flush(hash_of_tuple(tuple)) : 0;
}

/* The connection broke: the same, and what may be why. Not by a function: their stacks add up. */
static __always_inline int break_kept(const struct four_tuple *tuple)
{
	u64 hash = hash_of_tuple(tuple);
	u32 one, other;
	int known;

	if (!keeps())
		return 0;
	one = kept_closer(hash, 0);
	other = one ? kept_closer(hash, one) : 0;
	known = kept_flush(hash);
	flush_near(one, hash);
	flush_near(other, hash);
	return known;
}

/*
 * Takes a slot that says no more than `flags` do: that the connection concerns us, or that it broke, and all that
 * happens to it from now on is sent. False where there is none: with KEPT_TO_MARK where each is of use to others.
 */
static __always_inline bool mark_kept_for(u32 purpose, const struct four_tuple *tuple, u64 owner, u32 flags)
{
	u64 hash = hash_of_tuple(tuple);
	struct kept_acts_set *acts;
	struct kept_set *set;
	struct kept *slot;
	u64 at;
	int way;

	if (!keeps())
		return false;
	way = kept_take(hash, owner, purpose);
	set = kept_set_of(hash);
	acts = kept_acts_of(hash);
	if (way < 0 || !set || !acts)
		return false;
	at = way_in(way);
	slot = &set->ways[at];
	acts->of[at].tuple = *tuple;
	acts->of[at].closer = 0;
	slot->flags |= flags;
	slot->worth = flags & KEPT_ENDED ? KEPT_WORTH_NOTHING : KEPT_WORTH_LIVING | KEPT_WORTH_TIME(bpf_ktime_get_ns());
	unlock_kept(slot, owner);
	return true;
}

static __always_inline bool mark_kept(const struct four_tuple *tuple, u64 owner, u32 flags)
{
	return mark_kept_for(KEPT_TO_MARK, tuple, owner, flags);
}

#endif
