// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A process that we follow has a child: trace_sched_process_fork in kernel_clone() (kernel/fork.c).
 * Attached only where children are to be followed.
 */
#include "maps.bpf.h"
#include "task.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 parent_pid, child_pid, tid;
	u8 yes = 1;

	pids_of(parent, &parent_pid, &tid);
	if (!bpf_map_lookup_elem(&family, &parent_pid))
		return 0;
	pids_of(child, &child_pid, &tid);
	bpf_map_update_elem(&family, &child_pid, &yes, BPF_ANY);
	return 0;
}
