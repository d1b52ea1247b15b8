/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What each process has closed of late. A proxy passes on what became of one connection by closing another: where that
 * one breaks, what is kept of the first is sent, too, for it is why.
 */
#ifndef TCPBLAME_CLOSES_BPF_H
#define TCPBLAME_CLOSES_BPF_H

#include "maps.bpf.h"

/* One that its peer had closed may be closed long after (socat waits for half a second), another is closed at once. */
#define PASSIVE_CLOSE_NEAR_MS 1000
#define ACTIVE_CLOSE_NEAR_MS 64

/* Of each process. */
#define NEAR_CLOSES_A_SECOND 64

static __always_inline u32 now_ms(void)
{
	return (u32)(bpf_ktime_get_ns() >> 20);
}

static __always_inline u32 current_tgid(void)
{
	return (u32)(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline struct process_closes *closes_of(u32 tgid)
{
	return &process_closes[tgid * 0x9e3779b9U >> 24];
}

/* One process's notes may displace another's: then less is sent. */
static __always_inline void note_close(u32 tgid, u64 hash, bool passive)
{
	struct process_closes *mine = closes_of(tgid);
	u32 now = now_ms();
	struct close_note *note;

	if (mine->tgid != tgid) {
		mine->tgid = tgid;
		mine->since_ms = now;
		mine->broke_ms = 0;
	}
	note = &mine->notes[mine->next++ & (CLOSE_NOTES - 1)];
	note->hash = hash;
	note->ms = now;
	note->passive = passive;
}

/* May so many more be sent for this process, in this second? */
static __always_inline bool take_near(struct process_closes *mine, u32 now, u32 wanted)
{
	if (mine->second != now >> 10) {
		mine->second = now >> 10;
		mine->flushed = 0;
	}
	if (mine->flushed + wanted > NEAR_CLOSES_A_SECOND)
		return false;
	mine->flushed += wanted;
	return true;
}

/* Has a connection broken that this process had closed? One that it closes now is of interest, then. */
static __always_inline bool has_just_broken_one(u32 tgid, bool passive)
{
	struct process_closes *mine = closes_of(tgid);
	u32 now = now_ms();

	return mine->tgid == tgid && mine->broke_ms &&
	       now - mine->broke_ms < (passive ? PASSIVE_CLOSE_NEAR_MS : ACTIVE_CLOSE_NEAR_MS) &&
	       take_near(mine, now, 1);
}

static __always_inline bool is_near(const struct close_note *note, u32 ms, u32 since_ms)
{
	u32 between = note->ms > ms ? note->ms - ms : ms - note->ms;

	return note->hash && note->ms >= since_ms &&
	       between <= (note->passive ? PASSIVE_CLOSE_NEAR_MS : ACTIVE_CLOSE_NEAR_MS);
}

#endif
