/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Who acts, and by which system call. */
#ifndef TCPBLAME_TASK_BPF_H
#define TCPBLAME_TASK_BPF_H

#include "kernel_compat.bpf.h"
#include "task_filter.bpf.h"

static __always_inline u8 syscall_of(long number)
{
	switch (number) {
	case __NR_write: return WIRE_SYS_WRITE;
	case __NR_writev: return WIRE_SYS_WRITEV;
	case __NR_pwritev2: return WIRE_SYS_PWRITEV2;
	case __NR_sendto: return WIRE_SYS_SENDTO;
	case __NR_sendmsg: return WIRE_SYS_SENDMSG;
	case __NR_sendmmsg: return WIRE_SYS_SENDMMSG;
	case __NR_sendfile: return WIRE_SYS_SENDFILE;
	case __NR_splice: return WIRE_SYS_SPLICE;
	case __NR_tee: return WIRE_SYS_TEE;
	case __NR_vmsplice: return WIRE_SYS_VMSPLICE;
	case __NR_io_uring_enter: return WIRE_SYS_IO_URING_ENTER;
	case __NR_close: return WIRE_SYS_CLOSE;
	case __NR_shutdown: return WIRE_SYS_SHUTDOWN;
	case __NR_connect: return WIRE_SYS_CONNECT;
	case __NR_read: return WIRE_SYS_READ;
	case __NR_readv: return WIRE_SYS_READV;
	case __NR_recvfrom: return WIRE_SYS_RECVFROM;
	case __NR_recvmsg: return WIRE_SYS_RECVMSG;
	case __NR_recvmmsg: return WIRE_SYS_RECVMMSG;
	case __NR_getsockopt: return WIRE_SYS_GETSOCKOPT;
	default: return WIRE_SYS_UNKNOWN;
	}
}

static __always_inline u32 pid_in_own_namespace(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, signal, pids[1]);
	u32 level = BPF_CORE_READ(pid, level);
	u32 result = 0;

#pragma unroll
	for (u32 i = 0; i < PID_LEVELS; i++) {
		struct upid *number = &pid->numbers[i];

		if (i == level)
			result = BPF_CORE_READ(number, nr);
	}
	return result;
}

/* A kernel thread's registers are stale: it never entered by a system call of its own. */
static __always_inline bool enters_by_calls(struct task_struct *task)
{
	return !(task_field(task, flags) & (PF_IO_WORKER | PF_KTHREAD));
}

static __always_inline void fill_names(struct wire_task *out, struct task_struct *task, const bool is_current)
{
	__builtin_memset(out, 0, sizeof(*out));
	pids_of(task, &out->pid, &out->tid);
	/* Most processes are in the initial namespace, where all numbers are one. */
	out->own_pid =
		BPF_CORE_READ(task, thread_pid, level) ? pid_in_own_namespace(task) : (u32)task_field(task, tgid);
	if (is_current)
		bpf_get_current_comm(out->comm, sizeof(out->comm));
	else
		BPF_CORE_READ_STR_INTO(&out->comm, task, comm);
	if (task_field(task, pid) == task_field(task, tgid))
		__builtin_memcpy(out->name, out->comm, sizeof(out->name));
	else
		BPF_CORE_READ_STR_INTO(&out->name, task, group_leader, comm);
	if (task_passes(task))
		out->flags = WIRE_TASK_ASKED_FOR;
}

/* The current task; to be called only where it is the one that acts. */
static __always_inline void fill_task(struct wire_task *out)
{
	struct task_struct *task = current_task();

	fill_names(out, task, true);
	out->cgroup = bpf_get_current_cgroup_id();
	/* A kworker, ksoftirqd, the garbage collector of unix sockets: what it does somebody else has brought about. */
	if (task_field(task, flags) & PF_KTHREAD)
		out->flags |= WIRE_TASK_KERNEL;
	if (task_field(task, flags) & PF_EXITING) {
		out->flags |= WIRE_TASK_EXITING;
		out->exit_code = task_field(task, exit_code);
	}
	if (enters_by_calls(task))
		out->syscall = syscall_of(syscall_number(task, entry_registers(task)));
}

#define PIDTYPE_TGID 1 /* include/linux/pid.h: enum pid_type */

/* The process that a struct pid stands for; its name only while it lives. */
static __always_inline void read_process(struct wire_task *out, struct pid *pid)
{
	struct hlist_node *link = BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first);
	struct task_struct *task;

	__builtin_memset(out, 0, sizeof(*out));
	out->pid = config.pidns_is_initial ? (u32)BPF_CORE_READ(pid, numbers[0].nr)
					   : pid_in_namespace(pid, config.pidns_ino);
	out->tid = out->pid;
	if (!link)
		return;
	task = (struct task_struct *)((char *)link -
				      bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_TGID]));
	BPF_CORE_READ_STR_INTO(&out->comm, task, comm);
	__builtin_memcpy(out->name, out->comm, sizeof(out->name));
}

/* Of the current task. Reading never waits: what is not in memory stays 0. */
static __always_inline void fill_stack_top(struct wire_stack_top *out)
{
	struct task_struct *task = current_task();

	__builtin_memset(out, 0, sizeof(*out));
	if (enters_by_calls(task))
		bpf_probe_read_user(out->words, sizeof(out->words), (void *)stack_pointer(entry_registers(task)));
}

/* Of the current task. */
static __always_inline u64 current_link_register(void)
{
	struct task_struct *task = current_task();

	return enters_by_calls(task) ? link_register(entry_registers(task)) : 0;
}

#endif
