/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Every difference between kernels and architectures that the programs must know: what
 * changed, since when. Nothing else in bpf/ asks what a kernel has.
 */
#ifndef TCPBLAME_KERNEL_COMPAT_BPF_H
#define TCPBLAME_KERNEL_COMPAT_BPF_H

#include "config.h"
#include "kernel_types.h"
#include "wire.h"

#include <asm/unistd.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern const volatile struct config config;

/* What is known of a pointer: the verifier takes it for the type that it is, and lets it be loaded from; or not. */
#define TRUSTED true
#define READ false

/* A helper that the kernel's own BTF does not list is not called: libbpf settles it at load, the verifier drops the
 * branch. */
#define has_helper(name) bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_##name)

/*
 * sk_storage for tracing programs came with bpf_get_current_task_btf() in 5.11 (commits 8e4597c627fb
 * "bpf: Allow using bpf_sk_storage in FENTRY/FEXIT/RAW_TP", 3ca1032ab7ab "bpf: Implement
 * get_current_task_btf and RET_PTR_TO_BTF_ID").
 */
static __always_inline bool has_socket_storage(void)
{
	return has_helper(get_current_task_btf);
}

/*
 * bpf_get_socket_cookie() for tracing programs: 5.12, as bpf_check_mtu() (commit c5dbb89fc2ac "bpf: Expose
 * bpf_get_socket_cookie to tracing programs").
 */
static __always_inline bool has_socket_cookie(void)
{
	return has_helper(check_mtu);
}

/* bpf_sock_from_file(): 5.11 (commit 4f19cab76136 "bpf: Add a bpf_sock_from_file helper"). */
static __always_inline bool has_sock_from_file(void)
{
	return has_helper(sock_from_file);
}

/*
 * Counts one more, and says how many there are. Atomic, for a softirq may count while a program of ours counts on this
 * CPU. Before 5.12 there is no atomic instruction that says what it has added to (commit 5ca419f2864a "bpf: Add
 * BPF_FETCH field / create atomic_fetch_add instruction"), not even in a branch that is never taken, so the programs
 * are compiled twice: there a softirq just between the two steps makes one number twice, and the gap below it counts as
 * a loss.
 */
#ifdef TCPBLAME_NO_ATOMIC_FETCH
#define OLD_PROGRAMS 1
#else
#define OLD_PROGRAMS 0
#endif

static __always_inline u64 count_one_more(u64 *counter)
{
#if OLD_PROGRAMS
	__sync_fetch_and_add(counter, 1);
	return *(volatile u64 *)counter;
#else
	return __sync_fetch_and_add(counter, 1) + 1;
#endif
}

/*
 * What a value was before it became another: exchanges of 64 bits came with the same (commit 5ffa25502b5a "bpf: Add
 * instructions for atomic_[cmp]xchg"). Before, nothing is ever taken.
 */
static __always_inline u64 compare_and_swap(u64 *value, u64 from, u64 to)
{
#if OLD_PROGRAMS
	return ~from;
#else
	return __sync_val_compare_and_swap(value, from, to);
#endif
}

static __always_inline u64 swap(u64 *value, u64 to)
{
#if OLD_PROGRAMS
	*value = to;
	return 0;
#else
	return __sync_lock_test_and_set(value, to);
#endif
}

/*
 * The reason that tcp_send_reset passes since 6.10. An argument that the kernel does not pass fails the attach, but not
 * in a dead branch.
 */
static __always_inline bool has_reset_reason(void)
{
	return config.reset_has_reason;
}

#define reset_reason_argument(ctx) (has_reset_reason() ? (u32)(ctx)->args[2] : 0)

/* How a network namespace finds an interface by its number; 6.1 to 7.2 have it so. */
static __always_inline bool has_interface_hash(void)
{
	return bpf_core_field_exists(struct net, dev_index_head) &&
	       bpf_core_field_exists(struct net_device, index_hlist);
}

static __always_inline struct task_struct *current_task(void)
{
	if (has_helper(get_current_task_btf))
		return bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

/*
 * A field of a task that is a number. Since 5.11 programs have a task that the verifier knows, and may load it; before,
 * they ask a helper. (What is a pointer is always read by a helper: see netns_of_socket().)
 */
#if OLD_PROGRAMS
#define task_field(task, field) BPF_CORE_READ(task, field)
#else
#define task_field(task, field) ((task)->field)
#endif

/* Nobody else holds it: no other descriptor, no call, no message. Since 6.13 none but one is 0
 * (include/linux/file_ref.h).
 */
static __always_inline bool is_held_once(struct file *file)
{
	if (bpf_core_field_exists(file->f_ref))
		return BPF_CORE_READ(file, f_ref.refcnt.counter) == 0;
	return BPF_CORE_READ(file, f_count.counter) == 1;
}

/* NULL where the kernel has no memory cgroups. */
static __always_inline struct mem_cgroup *memory_cgroup_of(struct task_struct *task)
{
	char *css_set = (char *)BPF_CORE_READ(task, cgroups);
	struct mem_cgroup *result = NULL;
	u32 slot;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	slot = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	/* struct mem_cgroup begins with its css (include/linux/memcontrol.h). */
	bpf_probe_read_kernel(&result, sizeof(result),
			      css_set + bpf_core_field_offset(struct css_set, subsys) + slot * sizeof(void *));
	return result;
}

#if defined(__TARGET_ARCH_x86)
#define THREAD_SIZE (16 * 1024) /* arch/x86/include/asm/page_64_types.h */
#define STACK_PADDING 0
#elif defined(__TARGET_ARCH_arm64)
#define THREAD_SIZE (16 * 1024) /* arch/arm64/include/asm/memory.h */
#define STACK_PADDING 0
#endif

/*
 * The registers with which the current task entered the kernel: to be read, not dereferenced. bpf_task_pt_regs()
 * is there since 5.15 (commit dd6e10fbd9fb "bpf: Add bpf_task_pt_regs() helper"); before, where it looks.
 */
static __always_inline struct pt_regs *entry_registers(struct task_struct *task)
{
	if (has_helper(task_pt_regs))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return (struct pt_regs *)((char *)BPF_CORE_READ(task, stack) + THREAD_SIZE - STACK_PADDING -
				  bpf_core_type_size(struct pt_regs));
}

#if defined(__TARGET_ARCH_x86)

/* x86 runs i386 tasks by another table of numbers; TS_COMPAT reports (arch/x86/include/asm/thread_info.h). */
#define TS_COMPAT 0x0002

struct task_struct___x86 {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

static __always_inline long syscall_number(struct task_struct *task, struct pt_regs *regs)
{
	struct task_struct___x86 *its = (struct task_struct___x86 *)task;

	if (task_field(its, thread_info.status) & TS_COMPAT)
		return -1;
	return (long)BPF_CORE_READ(regs, orig_ax);
}

#define syscall_arg1(regs) BPF_CORE_READ(regs, di)
#define syscall_arg2(regs) BPF_CORE_READ(regs, si)
#define syscall_arg3(regs) BPF_CORE_READ(regs, dx)
#define syscall_arg4(regs) BPF_CORE_READ(regs, r10)
#define syscall_arg5(regs) BPF_CORE_READ(regs, r8)
#define syscall_arg6(regs) BPF_CORE_READ(regs, r9)
#define stack_pointer(regs) BPF_CORE_READ(regs, sp)
#define USER_REGISTERS 21 /* arch/x86/include/asm/ptrace.h: r15 to ss, as ptrace() shows them */
#define link_register(regs) 0
/* Of the function that a kprobe is on. */
#define function_arg1(ctx) ((ctx)->di)
#define function_arg2(ctx) ((ctx)->si)
#define function_arg3(ctx) ((ctx)->dx)

#elif defined(__TARGET_ARCH_arm64)

/* arm64 runs 32-bit tasks by another table of numbers; TIF_32BIT reports (arch/arm64/include/asm/thread_info.h). */
#define TIF_32BIT 22

struct task_struct___arm64 {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

static __always_inline long syscall_number(struct task_struct *task, struct pt_regs *regs)
{
	struct task_struct___arm64 *its = (struct task_struct___arm64 *)task;

	if (task_field(its, thread_info.flags) & (1UL << TIF_32BIT))
		return -1;
	return BPF_CORE_READ(regs, syscallno);
}

/* The parameter must not be called as the field is. */
#define syscall_arg1(entry) BPF_CORE_READ(entry, orig_x0)
#define syscall_arg2(entry) BPF_CORE_READ(entry, regs[1])
#define syscall_arg3(entry) BPF_CORE_READ(entry, regs[2])
#define syscall_arg4(entry) BPF_CORE_READ(entry, regs[3])
#define syscall_arg5(entry) BPF_CORE_READ(entry, regs[4])
#define syscall_arg6(entry) BPF_CORE_READ(entry, regs[5])
#define stack_pointer(entry) BPF_CORE_READ(entry, sp)
#define USER_REGISTERS 34 /* arch/arm64/include/uapi/asm/ptrace.h: x0 to x30, sp, pc, pstate */
#define link_register(entry) BPF_CORE_READ(entry, regs[30])
#define function_arg1(ctx) ((ctx)->regs[0])
#define function_arg2(ctx) ((ctx)->regs[1])
#define function_arg3(ctx) ((ctx)->regs[2])

#endif

#endif
