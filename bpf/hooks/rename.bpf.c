// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A thread takes a name that the filters ask for: trace_task_rename in __set_task_comm() (fs/exec.c). What its process
 * does from here on concerns us, whichever thread does it: the connection may be another's work. Attached only with -n.
 */
#include "maps.bpf.h"
#include "task_filter.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *name)
{
	char comm[16] = {};
	u32 tgid, tid;
	u8 yes = 1;

	bpf_probe_read_kernel_str(comm, sizeof(comm), name);
	if (!comm_listed(comm))
		return 0;
	pids_of(task, &tgid, &tid);
	bpf_map_update_elem(&family, &tgid, &yes, BPF_ANY);
	return 0;
}
