/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Every difference between kernels and architectures that the programs must know: what
 * changed, since when. Nothing else in bpf/ asks what a kernel has.
 */
#ifndef TCPBLAME_KERNEL_COMPAT_BPF_H
#define TCPBLAME_KERNEL_COMPAT_BPF_H

#include "kernel_types.h"
#include "wire.h"

#include <asm/unistd.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/*
 * The registers with which the current task entered the kernel. bpf_task_pt_regs() is there
 * since 5.15 (commit dd6e10fbd9fb "bpf: Add bpf_task_pt_regs() helper").
 */
static __always_inline struct pt_regs *entry_registers(struct task_struct *task)
{
	return (struct pt_regs *)bpf_task_pt_regs(task);
}

#if defined(__TARGET_ARCH_x86)

/* x86 runs i386 tasks by another table of numbers; TS_COMPAT tells (arch/x86/include/asm/thread_info.h). */
#define TS_COMPAT 0x0002

struct task_struct___x86 {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

static __always_inline long syscall_number(struct task_struct *task, struct pt_regs *regs)
{
	if (BPF_CORE_READ((struct task_struct___x86 *)task, thread_info.status) & TS_COMPAT)
		return -1;
	return (long)regs->orig_ax;
}

#define syscall_arg1(regs) ((regs)->di)
#define syscall_arg2(regs) ((regs)->si)
#define syscall_arg3(regs) ((regs)->dx)
#define syscall_arg4(regs) ((regs)->r10)
#define syscall_arg5(regs) ((regs)->r8)
#define syscall_arg6(regs) ((regs)->r9)
#define stack_pointer(regs) ((regs)->sp)

#elif defined(__TARGET_ARCH_arm64)

static __always_inline long syscall_number(struct task_struct *task, struct pt_regs *regs)
{
	return regs->syscallno;
}

#define syscall_arg1(regs) ((regs)->orig_x0)
#define syscall_arg2(regs) ((regs)->regs[1])
#define syscall_arg3(regs) ((regs)->regs[2])
#define syscall_arg4(regs) ((regs)->regs[3])
#define syscall_arg5(regs) ((regs)->regs[4])
#define syscall_arg6(regs) ((regs)->regs[5])
#define stack_pointer(regs) ((regs)->sp)

#endif

#endif
