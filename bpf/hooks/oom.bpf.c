// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The OOM killer has killed a process: trace_mark_victim in mark_oom_victim() (mm/oom_kill.c), just after its SIGKILL;
 * for the whole machine and for a memory cgroup alike. Before 6.9 it passes the number of the process, and since then
 * the task (commit 72ba14deb40a "mm: update mark_victim tracepoints fields").
 */
#include "emit.bpf.h"
#include "task_filter.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline u32 victim_of(u64 *ctx)
{
	u32 pid, tid;

	if (config.oom_victim_is_task) {
		pids_of((struct task_struct *)ctx[0], &pid, &tid);
		return pid;
	}
	return config.pidns_is_initial ? (u32)ctx[0] : 0;
}

SEC("tp_btf/mark_victim")
int on_oom(u64 *ctx)
{
	u32 pid = victim_of(ctx);
	struct wire_oom *event;

	if (!pid)
		return 0;
	event = emit_reserve(WIRE_OOM, sizeof(*event));
	if (!event)
		return 0;
	event->pid = pid;
	event->reserved = 0;
	emit_submit(event);
	return 0;
}
