// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The table of what is kept: kept.bpf.h. */
#include "kept.bpf.h"

#include "closes.bpf.h"
#include "emit.bpf.h"
#include "flows.bpf.h"
#include "task_filter.bpf.h"

/* 1 where they are the same: without a branch, for the verifier walks both ways of each. */
static __always_inline u64 same(u64 one, u64 other)
{
	u64 differing = one ^ other;
	u64 negative = -differing;

	asm volatile("" : "+r"(negative)); /* or the compiler would make a branch of it */
	return ((differing | negative) >> 63) ^ 1;
}

static __always_inline void send_kept(const struct wire_act *act)
{
	struct wire_kept *event = emit_reserve(WIRE_STATE, sizeof(*event));
	struct wire_header header;

	if (!event)
		return;
	header = event->act.state.header;
	bpf_probe_read_kernel(&event->act, sizeof(event->act), act);
	event->happened_ns = event->act.state.header.time_ns;
	event->act.state.header = header;
	if (!event->act.kept_with_stack) /* it was taken without a stack */
		__builtin_memset(&event->act.count, 0, sizeof(event->act) - sizeof(event->act.state));
	event->act.kept_with_stack = 0;
	emit_submit(event);
}

/*
 * The slot is locked. No loop, here and below: before 6.4 a call may not lead back into one (visit_func_insn() in
 * kernel/bpf/verifier.c).
 */
int kept_send(u64 hash, u32 way)
{
	struct kept_acts_set *acts = kept_acts_of(hash);
	struct kept_set *set = kept_set_of(hash);
	u64 at = way_in(way);
	struct kept *slot;

	if (!set || !acts)
		return 0;
	slot = &set->ways[at];
#pragma unroll
	for (u32 i = 0; i < KEPT_ACTS; i++) {
		if (i < slot->count)
			send_kept(&acts->of[at].acts[i]);
	}
	slot->count = 0;
	return 0;
}

/* Its place was also what the filters knew the connection by. */
static __always_inline void remember_flow(u64 hash, u64 way)
{
	struct kept_acts_set *acts = kept_acts_of(hash);

	if (acts)
		put_flow(&acts->of[way].tuple);
}

enum flushing { FLUSH_MINE, FLUSH_ANOTHERS, FLUSH_AGAIN };

/* Locks it, or leaves word for whoever has it locked. */
static __always_inline enum flushing begin_flush(struct kept *slot, u32 tag)
{
	u64 before = *(volatile u64 *)&slot->owner;
	u64 after = before & KEPT_BUSY ? before | KEPT_WANTED : before | KEPT_BUSY;

	if (!before || slot->tag != tag || slot->flags & KEPT_SENT) /* it is another's by now, or is being sent */
		return FLUSH_ANOTHERS;
	if (compare_and_swap(&slot->owner, before, after) != before)
		return FLUSH_AGAIN;
	return before & KEPT_BUSY ? FLUSH_ANOTHERS : FLUSH_MINE;
}

static __always_inline void flush_slot(struct kept_set *set, u32 way, u64 hash, u32 tag)
{
	struct kept *slot = &set->ways[way];
	enum flushing now = begin_flush(slot, tag);

	if (now == FLUSH_AGAIN)
		now = begin_flush(slot, tag);
	if (now == FLUSH_AGAIN)
		now = begin_flush(slot, tag);
	if (now == FLUSH_AGAIN)
		count_lost(); /* the gap in the numbers says so */
	if (now != FLUSH_MINE)
		return;
	slot->flags |= KEPT_SENT; /* first: who wants it meanwhile has it */
	kept_send(hash, way);
	if (slot->flags & KEPT_ENDED)
		slot->worth = KEPT_WORTH_NOTHING;
	unlock_kept(slot, slot->owner & KEPT_OWNER);
}

/*
 * What makes room is the reader's from now on, with its other end: that one, left alone, would be taken for one whose
 * peer is on another host.
 */
static __always_inline void hand_over(struct kept_set *set, u64 way, u64 hash)
{
	const u32 tag = set->ways[way].tag;

	kept_send(hash, way);
#pragma unroll
	for (u32 other = 0; other < KEPT_WAYS; other++) {
		const struct kept *slot = &set->ways[other];

		if (other != way && slot->owner && slot->tag == tag && !(slot->flags & (KEPT_SENT | KEPT_OVER)))
			flush_slot(set, other, hash, tag);
	}
}

/* Makes it a slot of `owner`, locked. False where somebody else has it, just now. */
static __always_inline bool take_over(struct kept_set *set, u64 way, u64 hash, u64 owner)
{
	struct kept *slot = &set->ways[way];
	u64 before = *(volatile u64 *)&slot->owner;

	if (before & KEPT_BUSY || compare_and_swap(&slot->owner, before, owner | KEPT_BUSY) != before)
		return false;
	if (before && slot->count && !(slot->flags & KEPT_OVER)) {
		if (slot->flags & KEPT_ABANDONED) {
			kept_dropped = 1;
		} else {
			slot->flags |= KEPT_SENT;
			hand_over(set, way, hash);
		}
	}
	if (before && (by_process() || config.netns_count) && !(slot->flags & KEPT_ENDED))
		remember_flow(hash, way);
	slot->count = 0;
	slot->flags = 0;
	slot->tag = tag_of(hash);
	return true;
}

int kept_take(u64 hash, u64 owner, u32 purpose)
{
	struct kept_set *set = kept_set_of(hash);
	u64 best = ~0ULL >> 1; /* its worth, and in the low bits its way */
	u64 own = 0, own_way = 0, broken = 0;
	const u32 tag = tag_of(hash);
	struct kept *slot;

	if (!set || !owner)
		return -1;
#pragma unroll
	for (u64 way = 0; way < KEPT_WAYS; way++) {
		const struct kept *one = &set->ways[way];
		u64 is_own = same(one->owner & KEPT_OWNER, owner) & same(one->tag, tag);
		u64 worth = (u64)one->worth * KEPT_WAYS + way;

		own |= is_own;
		own_way |= is_own * way;
		broken |= same(one->tag, tag) & one->flags & KEPT_SENT;
		/* The lesser of the two: both are less than 2^63. */
		best = worth + ((best - worth) & (u64)((s64)(best - worth) >> 63));
	}
	if (broken && purpose == KEPT_TO_FILL)
		return -1;
	if (own) {
		slot = &set->ways[way_in(own_way)];
		if (!lock_kept(slot, owner))
			return -1;
		if (slot->count < KEPT_ACTS || purpose == KEPT_TO_MARK)
			return own_way & (KEPT_WAYS - 1);
		/* A life of many changes: the rest is sent as it comes. */
		slot->flags |= KEPT_SENT;
		kept_send(hash, own_way & (KEPT_WAYS - 1));
		unlock_kept(slot, owner);
		return -1;
	}
	if (purpose == KEPT_TO_MARK && best / KEPT_WAYS > KEPT_WORTH_NOTHING)
		return -1;
	best = way_in(best);
	return take_over(set, best, hash, owner) ? (int)best : -1;
}

int kept_flush(u64 hash)
{
	struct kept_set *set = kept_set_of(hash);
	u64 known = 0;

	if (!set)
		return 0;
#pragma unroll
	for (u32 way = 0; way < KEPT_WAYS; way++) {
		struct kept *slot = &set->ways[way];

		if (!slot->owner || slot->tag != tag_of(hash))
			continue;
		known = 1;
		if (!(slot->flags & KEPT_SENT))
			flush_slot(set, way, hash, tag_of(hash));
	}
	return known;
}

int kept_closer(u64 hash, u32 but)
{
	struct kept_acts_set *acts = kept_acts_of(hash);
	struct kept_set *set = kept_set_of(hash);
	u32 found = 0;

	if (!set || !acts)
		return 0;
#pragma unroll
	for (u32 way = 0; way < KEPT_WAYS; way++) {
		const struct kept *slot = &set->ways[way];
		u32 closer = acts->of[way].closer;

		if (slot->owner && slot->tag == tag_of(hash) && slot->count && closer != but)
			found = closer;
	}
	return found;
}

/* The stacks of all that is called add up to 512 bytes at most: so these are small. */
int kept_flush_note(u32 tgid, u64 hash, u32 closed_ms, u32 at)
{
	struct process_closes *mine = closes_of(tgid);
	struct close_note *note = &mine->notes[at & (CLOSE_NOTES - 1)];
	u64 other = note->hash;
	u32 closer;

	if (other == hash || !is_near(note, closed_ms, mine->since_ms))
		return 0;
	note->hash = 0;
	closer = kept_closer(other, tgid);
	if (closer)
		mine->passed = other;
	kept_flush(other);
	return closer;
}

/* When it closed it; now, where that is not known. */
static __always_inline u32 closed_at(const struct process_closes *mine, u64 hash, u32 now)
{
	u32 ms = now;

#pragma unroll
	for (u32 i = 0; i < CLOSE_NOTES; i++) {
		if (mine->notes[i].hash == hash)
			ms = mine->notes[i].ms;
	}
	return ms;
}

int kept_flush_near(u32 tgid, u64 hash)
{
	struct process_closes *mine = closes_of(tgid);
	u32 now = now_ms(), closed_ms, closer;
	u32 next = 0;

	if (mine->tgid != tgid)
		return 0;
	mine->broke_ms = now;
	closed_ms = closed_at(mine, hash, now);
	/* All or none: by some of them the reader might take for the only one what is one of many. */
	if (!take_near(mine, now, CLOSE_NOTES))
		return 0;
#pragma unroll
	for (u32 i = 0; i < CLOSE_NOTES; i++) {
		closer = kept_flush_note(tgid, hash, closed_ms, i);
		next = closer ? closer : next;
	}
	return next;
}

/* Only where nobody is at it: else it makes room in its turn. True where it was wanted meanwhile. */
static __always_inline bool mark_over(struct kept *slot)
{
	u64 owner = *(volatile u64 *)&slot->owner & KEPT_OWNER;

	if (!lock_kept(slot, owner))
		return false;
	slot->flags |= KEPT_OVER;
	slot->worth = KEPT_WORTH_NOTHING;
	return unlock_kept(slot, owner);
}

int kept_end(u64 hash, u64 owner)
{
	const u32 both_fins = KEPT_FIN_SENT | KEPT_FIN_RECEIVED;
	struct kept_set *set = kept_set_of(hash);
	u64 own = 0, own_way = 0, other = 0, other_way = 0;
	const u32 tag = tag_of(hash);
	struct kept *slot;
	int wanted = 0;

	if (!set || !owner)
		return KEPT_UNKNOWN;
#pragma unroll
	for (u64 way = 0; way < KEPT_WAYS; way++) {
		const struct kept *one = &set->ways[way];
		u64 is_own = same(one->owner & KEPT_OWNER, owner) & same(one->tag, tag);
		u64 is_other = (is_own ^ 1) & same(one->tag, tag) & (same(one->owner, 0) ^ 1) &
			       same(one->flags & KEPT_OVER, 0);

		own |= is_own;
		own_way |= is_own * way;
		other_way = is_other * way + (is_other ^ 1) * other_way;
		other |= is_other;
	}
	slot = &set->ways[way_in(own_way)];
	if (!own || slot->flags & KEPT_SENT || !lock_kept(slot, owner))
		return KEPT_UNKNOWN;
	slot->flags |= KEPT_ENDED;
	if (other && set->ways[way_in(other_way)].flags & KEPT_ENDED) {
		wanted = mark_over(&set->ways[way_in(other_way)]) ? KEPT_END_WANTED : 0;
		own = 0;
	} else if (!other) {
		own = (slot->flags & both_fins) != both_fins;
		slot->flags |= KEPT_ABANDONED;
		slot->worth = KEPT_WORTH_ABANDONED + (slot->worth & 0x3fff);
	}
	if (unlock_kept(slot, owner))
		wanted = KEPT_END_WANTED;
	if (own)
		return KEPT_REMAINS | wanted;
	if (mark_over(slot))
		wanted = KEPT_END_WANTED;
	return KEPT_IS_OVER | wanted;
}

int kept_knows(u64 hash)
{
	struct kept_set *set = kept_set_of(hash);
	const u32 tag = tag_of(hash);
	u64 known = 0;

	if (!set)
		return 0;
#pragma unroll
	for (u64 way = 0; way < KEPT_WAYS; way++)
		known |= same(set->ways[way].tag, tag) & (same(set->ways[way].owner, 0) ^ 1) &
			 same(set->ways[way].flags & KEPT_OVER, 0);
	return known;
}
