/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Which tasks the filters name. */
#ifndef TCPBLAME_TASK_FILTER_BPF_H
#define TCPBLAME_TASK_FILTER_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

#define PID_LEVELS 6 /* deeper nesting is not to be met outside tests of nesting */

/* A pid as one namespace numbers it; 0 where the process is not visible there. */
static __always_inline u32 pid_in_namespace(struct pid *pid, u64 namespace_ino)
{
	u32 result = 0;

#pragma unroll
	for (u32 level = 0; level < PID_LEVELS; level++) {
		struct upid *number = &pid->numbers[level];

		if (BPF_CORE_READ(pid, level) < level)
			break;
		if (BPF_CORE_READ(number, ns, ns.inum) == namespace_ino)
			result = BPF_CORE_READ(number, nr);
	}
	return result;
}

static __always_inline void pids_of(struct task_struct *task, u32 *tgid, u32 *tid)
{
	if (config.pidns_is_initial) {
		*tgid = task_field(task, tgid);
		*tid = task_field(task, pid);
		return;
	}
	*tgid = pid_in_namespace(BPF_CORE_READ(task, signal, pids[1]), config.pidns_ino);
	*tid = pid_in_namespace(BPF_CORE_READ(task, thread_pid), config.pidns_ino);
}

static __always_inline bool by_process(void)
{
	return config.pid_count || config.comm_count || config.cgroup_count;
}

static __always_inline bool comm_listed(const char *comm)
{
	for (u32 i = 0; i < CONFIG_LIST_MAX; i++) {
		bool same = true;

		if (i >= config.comm_count)
			break;
		for (int at = 0; at < 16 && same; at++) {
			same = config.comms[i][at] == comm[at];
			if (!comm[at])
				break;
		}
		if (same)
			return true;
	}
	return false;
}

static __always_inline bool cgroup_listed(u64 id)
{
	for (u32 i = 0; i < CONFIG_LIST_MAX; i++) {
		if (i >= config.cgroup_count)
			break;
		if (config.cgroups[i] == id)
			return true;
	}
	return false;
}

#define CGROUP_LEVELS 16 /* deeper ones count as their ancestor at this distance from the task */

/* A cgroup that is asked for, or one below it, in the unified hierarchy. */
static __always_inline bool in_cgroups(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	for (int level = 0; level < CGROUP_LEVELS && cgroup; level++) {
		if (cgroup_listed(BPF_CORE_READ(cgroup, kn, id)))
			return true;
		/* struct cgroup begins with its `self` (include/linux/cgroup-defs.h). */
		cgroup = (struct cgroup *)BPF_CORE_READ(cgroup, self.parent);
	}
	return false;
}

static __always_inline bool pid_listed(u32 pid)
{
	for (u32 i = 0; i < CONFIG_LIST_MAX; i++) {
		if (i >= config.pid_count)
			break;
		if (config.pids[i] == pid)
			return true;
	}
	return false;
}

/* Beside those that the filters name directly: hooks/fork.bpf.c, hooks/rename.bpf.c. */
static __always_inline bool followed(u32 tgid)
{
	return bpf_map_lookup_elem(&family, &tgid) != NULL;
}

/* -p and -n: alternatives among themselves; -n means the thread's name or the process's. */
static __always_inline bool task_passes(struct task_struct *task)
{
	u32 tgid, tid;
	char comm[16] = {};

	if (!by_process())
		return true;
	if (config.cgroup_count && in_cgroups(task))
		return true;
	if (config.pid_count) {
		pids_of(task, &tgid, &tid);
		if (config.follow ? followed(tgid) : pid_listed(tgid))
			return true;
	}
	if (config.comm_count) {
		BPF_CORE_READ_STR_INTO(&comm, task, comm);
		if (comm_listed(comm))
			return true;
		BPF_CORE_READ_STR_INTO(&comm, task, group_leader, comm);
		if (comm_listed(comm))
			return true;
		/* One of its threads has the name: the connection is that thread's as well. */
		pids_of(task, &tgid, &tid);
		if (followed(tgid))
			return true;
	}
	return false;
}

static __always_inline bool current_passes(void)
{
	return task_passes(current_task());
}

#endif
