// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A process that a SIGPIPE was to kill exits: trace_sched_process_exit in do_exit()
 * (kernel/exit.c). Its exit code is the proof. Of all others it is noted whose last reader they were: no event.
 */
#include "filter.bpf.h"
#include "gone_reader.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct wire_exit *event;
	u32 tgid = task->tgid;

	if (portless_files_pass())
		note_gone_readers(task);
	if (!bpf_map_lookup_elem(&doomed, &tgid))
		return 0;
	bpf_map_delete_elem(&doomed, &tgid); /* one thread's exit reports for the process */
	event = emit_reserve(WIRE_EXIT, sizeof(*event));
	if (!event)
		return 0;
	fill_task(&event->task);
	emit_submit_now(event);
	return 0;
}
