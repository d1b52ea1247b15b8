/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Who sent a signal, by its siginfo and by what the current task is doing: trace_signal_generate in
 * __send_signal_locked() (kernel/signal.c). */
#ifndef TCPBLAME_SIGNAL_ORIGIN_BPF_H
#define TCPBLAME_SIGNAL_ORIGIN_BPF_H

#include "call.bpf.h"
#include "task.bpf.h"

#define SEND_SIG_PRIV 1 /* include/linux/sched/signal.h: the kernel's, with no siginfo of its own */

/* include/uapi/asm-generic/siginfo.h: those that a process gives; all others are the kernel's. */
#define SI_USER 0
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_TKILL (-6)

enum signal_disposition {
	SIGNAL_DEFAULT = 0,
	SIGNAL_IGNORED = 1,
	SIGNAL_HANDLED = 2,
};

/* What the task does about a signal: enum signal_disposition. */
static __always_inline u8 signal_handler(struct task_struct *task, int sig)
{
	char *sighand = (char *)BPF_CORE_READ(task, sighand);
	__sighandler_t handler = NULL;

	/* By hand: a field's place is found for an index that is written down, not for one that is computed. */
	bpf_probe_read_kernel(&handler, sizeof(handler),
			      sighand + bpf_core_field_offset(struct sighand_struct, action) +
				      (sig - 1) * bpf_core_type_size(struct k_sigaction) +
				      bpf_core_field_offset(struct k_sigaction, sa.sa_handler));
	return (unsigned long)handler <= SIGNAL_IGNORED ? (unsigned long)handler : SIGNAL_HANDLED;
}

/* The system calls that take a whole siginfo from a program (do_rt_sigqueueinfo() and its kin, kernel/signal.c). */
static __always_inline bool takes_siginfo(long number)
{
	return number == __NR_rt_sigqueueinfo || number == __NR_rt_tgsigqueueinfo || number == __NR_pidfd_send_signal;
}

/*
 * Whether a siginfo that does not name a process as its sender is one all the same: rt_sigqueueinfo() lets a program
 * write SI_TIMER, or any other negative code, and to itself any code at all. What it wrote lies on its own kernel stack
 * during the call; a timer's lies with the timer (struct k_itimer), and an interrupt's on the interrupt's stack.
 */
static __always_inline u8 origin_of_own_siginfo(u64 siginfo, int code)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = entry_registers(task);
	bool is_on_stack = siginfo >= (u64)BPF_CORE_READ(task, stack) && siginfo < (u64)regs;
	long number;

	if (!is_on_stack)
		return code == SI_TIMER ? WIRE_SIGNAL_OF_TIMER : WIRE_SIGNAL_OF_KERNEL;
	if (code == SI_TIMER)
		return WIRE_SIGNAL_OF_PROCESS;
	number = syscall_number(task, regs);
	if (number < 0 && enters_by_calls(task)) /* an i386 program's call: by which number is not looked up */
		return WIRE_SIGNAL_OF_UNKNOWN;
	return takes_siginfo(number) ? WIRE_SIGNAL_OF_PROCESS : WIRE_SIGNAL_OF_KERNEL;
}

/* cgroup_kill_write() (kernel/cgroup/cgroup.c, 5.14) sends SIGKILL without a siginfo, out of a write to that file. */
static __always_inline bool writes_cgroup_kill(void)
{
	static const char wanted[] = "cgroup.kill";
	struct task_struct *task = current_task();
	struct pt_regs *regs = entry_registers(task);
	char name[sizeof(wanted)] = {};
	struct file *file;

	if (!enters_by_calls(task) || syscall_of(syscall_number(task, regs)) != WIRE_SYS_WRITE)
		return false;
	file = file_of(task, (int)syscall_arg1(regs));
	if (!file || bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name)) < 0)
		return false;
	for (u32 i = 0; i < sizeof(wanted); i++)
		if (name[i] != wanted[i])
			return false;
	return true;
}

/* pid 1 of a pid namespace is ending, and takes all others of it along: zap_pid_ns_processes(), kernel/pid_namespace.c.
 */
static __always_inline bool ends_pid_namespace(void)
{
	struct task_struct *task = current_task();

	return task_field(task, flags) & PF_EXITING && pid_in_own_namespace(task) == 1;
}

/*
 * SIGINT and SIGQUIT to a group come from a terminal's keys alone: isig(), drivers/tty/n_tty.c. SIGHUP does when the
 * terminal goes, and when the leader of its session does: drivers/tty/tty_jobctrl.c.
 */
static __always_inline u8 origin_of_privileged(int sig, int group)
{
	if (group && (sig == SIGINT || sig == SIGQUIT || sig == SIGHUP))
		return WIRE_SIGNAL_OF_TERMINAL;
	return sig == SIGKILL && ends_pid_namespace() ? WIRE_SIGNAL_OF_PID_NAMESPACE : WIRE_SIGNAL_OF_KERNEL;
}

/* What a program's own instruction draws: a wrong address, a division by zero. */
static __always_inline bool is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP || sig == SIGSYS;
}

/* A program may send itself any siginfo, that of a fault among them; a true fault comes out of no system call. */
static __always_inline bool sends_own_siginfo(void)
{
	struct task_struct *task = current_task();

	return enters_by_calls(task) && takes_siginfo(syscall_number(task, entry_registers(task)));
}

/* Which si_code stands for whom. A signal without a siginfo to a whole process is PR_SET_PDEATHSIG's. */
static __always_inline u8 origin_of(int sig, u64 siginfo, int group)
{
	int code;

	if (!siginfo && group)
		return WIRE_SIGNAL_OF_PARENT;
	if (!siginfo)
		return sig == SIGKILL && writes_cgroup_kill() ? WIRE_SIGNAL_OF_CGROUP : WIRE_SIGNAL_OF_KERNEL;
	if (siginfo == SEND_SIG_PRIV)
		return origin_of_privileged(sig, group);
	code = BPF_CORE_READ((struct kernel_siginfo *)siginfo, si_code);
	if (code == SI_USER || code == SI_QUEUE || code == SI_TKILL)
		return WIRE_SIGNAL_OF_PROCESS;
	if (is_fault(sig) && code > 0)
		return sends_own_siginfo() ? WIRE_SIGNAL_OF_PROCESS : WIRE_SIGNAL_OF_FAULT;
	return origin_of_own_siginfo(siginfo, code);
}

#endif
