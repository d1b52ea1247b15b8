/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Room in the ring for an event, its number, and when the reader is woken for it. */
#ifndef TCPBLAME_EMIT_BPF_H
#define TCPBLAME_EMIT_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"
#include "wire.h"

/* The number is taken before the room: where there is none, the gap shows which event was lost. */
static __always_inline void *emit_reserve(u16 type, const u64 size)
{
	u64 now = bpf_ktime_get_ns();
	struct cpu_state *mine = this_cpu();
	u64 sequence = count_one_more(&mine->made);
	struct wire_header *header = bpf_ringbuf_reserve(&ring, size, 0);

	if (!header) {
		__sync_fetch_and_add(&mine->lost, 1);
		return NULL;
	}
	header->type = type;
	header->size = (u16)size;
	header->cpu = bpf_get_smp_processor_id();
	header->sequence = sequence;
	header->time_ns = now;
	return header;
}

/* Of something that is to be sent, and cannot be: a number that no event has. */
static __always_inline void count_lost(void)
{
	struct cpu_state *mine = this_cpu();

	count_one_more(&mine->made);
	__sync_fetch_and_add(&mine->lost, 1);
}

/*
 * No wake-up for an event that can wait (the reader looks by itself every now and then), but one when the ring has
 * filled up to the watermark: by whichever CPU finds it so first, and again only when the reader has looked since. It
 * takes back the flag before it reads, so that what comes meanwhile wakes it once more.
 */
static __always_inline void emit_submit(void *event)
{
	volatile u32 *pending = &wake_pending;
	bool wake = !*pending && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= config.wakeup_bytes;

	if (wake)
		*pending = 1;
	bpf_ringbuf_submit(event, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* For a failing write: somebody waits for its verdict. */
static __always_inline void emit_submit_now(void *event)
{
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

#endif
