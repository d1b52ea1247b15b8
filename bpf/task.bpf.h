/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Who acts, and by which system call. */
#ifndef TCPBLAME_TASK_BPF_H
#define TCPBLAME_TASK_BPF_H

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"

/* A pid as one namespace numbers it; 0 where the process is not visible there. */
static __always_inline u32 pid_in_namespace(struct pid *pid, u64 namespace_ino)
{
	u32 result = 0;

	/* Deeper nesting than this is not to be met outside tests of nesting. */
#pragma unroll
	for (u32 level = 0; level < 6; level++) {
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
		*tgid = task->tgid;
		*tid = task->pid;
		return;
	}
	*tgid = pid_in_namespace(BPF_CORE_READ(task, signal, pids[1]), config.pidns_ino);
	*tid = pid_in_namespace(BPF_CORE_READ(task, thread_pid), config.pidns_ino);
}

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
	default: return WIRE_SYS_UNKNOWN;
	}
}

/* The current task; to be called only where it is the one that acts. */
static __always_inline void put_task(struct wire_task *out)
{
	struct task_struct *task = bpf_get_current_task_btf();

	__builtin_memset(out, 0, sizeof(*out));
	pids_of(task, &out->pid, &out->tid);
	bpf_get_current_comm(out->comm, sizeof(out->comm));
	BPF_CORE_READ_STR_INTO(&out->name, task, group_leader, comm);
	out->cgroup = bpf_get_current_cgroup_id();
	if (task->flags & PF_EXITING) {
		out->flags = WIRE_TASK_EXITING;
		out->exit_code = task->exit_code;
	}
	/* A kernel thread's registers are stale: it never entered by a system call of its own. */
	if (!(task->flags & (PF_IO_WORKER | PF_KTHREAD)))
		out->syscall = syscall_of(syscall_number(task, entry_registers(task)));
}

#endif
