// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A write is answered with SIGPIPE: trace_signal_generate in __send_signal_locked()
 * (kernel/signal.c). The kernel sends it to the calling thread, as nobody else does: without a
 * siginfo, to the thread and not the process (send_sig(SIGPIPE, current, 0)). At this spot the
 * thread's registers still report the system call, its descriptor and the user stack. The descriptor
 * may name another file by now (dup2() in another thread): the reader takes the socket of the send
 * that returns next. A SIGPIPE that no write drew is reported too, for what it is.
 */
#include "call.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"

#include <bpf/bpf_tracing.h>

#define SEND_SIG_PRIV 1 /* include/linux/sched/signal.h: the kernel's, with no siginfo of its own */

/* include/uapi/asm-generic/siginfo.h: those that a process gives; all others are the kernel's. */
#define SI_USER 0
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_TKILL (-6)

#define SIG_DFL_VALUE 0
#define SIG_IGN_VALUE 1

static __always_inline u8 handler_of(struct task_struct *task)
{
	unsigned long handler = (unsigned long)BPF_CORE_READ(task, sighand, action[SIGPIPE - 1].sa.sa_handler);

	return handler <= SIG_IGN_VALUE ? handler : 2;
}

/*
 * A failed connect has no ends any more, io_uring's registers do not name the file, and what the descriptor names
 * may be another file: the reader knows the socket, by the send that returns next, or drops the event.
 */
static __always_inline bool wanted(const struct wire_call *call, const struct four_tuple *tuple)
{
	if (call->file_kind == WIRE_FILE_UNKNOWN || call->file_state == WIRE_FILE_WHOLE)
		return true;
	if (call->file_kind != WIRE_FILE_TCP)
		return portless_files_pass();
	return tuple_matches(tuple) || !tuple->remote_port;
}

static __always_inline void fill_disposition(struct wire_sigpipe *event, struct task_struct *task, int result)
{
	event->result = result;
	event->blocked = !!(BPF_CORE_READ(task, blocked.sig[0]) & (1UL << (SIGPIPE - 1)));
	event->handler = handler_of(task);
	event->by_process = 0;
	event->origin = WIRE_SIGNAL_OF_UNKNOWN;
	__builtin_memset(event->reserved, 0, sizeof(event->reserved));
}

static __always_inline bool will_kill(const struct wire_sigpipe *event)
{
	return event->handler == SIG_DFL_VALUE && !event->blocked && event->result != WIRE_SIGNAL_IGNORED;
}

static __always_inline void emit_write(void *ctx, struct task_struct *task, int result)
{
	struct wire_call call;
	struct four_tuple tuple = {};
	struct pt_regs *regs = entry_registers(task);
	struct sock *sk;
	struct wire_sigpipe *event;

	fill_call(&call, syscall_of(syscall_number(task, regs)), regs);
	sk = fill_file(&call, file_of(task, call.fd));
	if (call.file_kind == WIRE_FILE_TCP)
		four_tuple_of(&tuple, READ, sk);
	if (!wanted(&call, &tuple))
		return;
	flush_kept(&tuple);
	event = emit_reserve(WIRE_SIGPIPE, sizeof(*event));
	if (!event)
		return;
	if (call.file_kind == WIRE_FILE_TCP)
		fill_socket(&event->socket, READ, sk, &tuple, NULL);
	else
		__builtin_memset(&event->socket, 0, sizeof(event->socket));
	fill_task(&event->task);
	event->call = call;
	fill_disposition(event, task, result);
	fill_stack(&event->stack, ctx);
	event->link_register = current_link_register();
	__builtin_memset(&event->sender, 0, sizeof(event->sender));
	fill_unix_peer(&event->unix_peer, sk);
	if (will_kill(event)) {
		u32 tgid = BPF_CORE_READ(task, tgid);
		u8 yes = 1;

		bpf_map_update_elem(&doomed, &tgid, &yes, BPF_ANY);
	}
	emit_submit_now(event);
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

/* Which si_code stands for whom. A signal without a siginfo to a whole process is PR_SET_PDEATHSIG's. */
static __always_inline u8 origin_of(u64 siginfo, int group)
{
	int code;

	if (!siginfo)
		return group ? WIRE_SIGNAL_OF_PARENT : WIRE_SIGNAL_OF_KERNEL;
	if (siginfo == SEND_SIG_PRIV)
		return WIRE_SIGNAL_OF_KERNEL;
	code = BPF_CORE_READ((struct kernel_siginfo *)siginfo, si_code);
	if (code == SI_USER || code == SI_QUEUE || code == SI_TKILL)
		return WIRE_SIGNAL_OF_PROCESS;
	return origin_of_own_siginfo(siginfo, code);
}

static __always_inline void emit_sent(struct task_struct *target, int result, u8 origin)
{
	struct wire_sigpipe *event = emit_reserve(WIRE_SIGPIPE, sizeof(*event));

	if (!event)
		return;
	__builtin_memset(&event->socket, 0, sizeof(event->socket));
	__builtin_memset(&event->call, 0, sizeof(event->call));
	event->call.fd = -1;
	event->call.bytes = BYTES_UNKNOWN;
	fill_names(&event->task, target, false);
	fill_disposition(event, target, result);
	event->by_process = 1;
	event->origin = origin;
	event->stack.count = 0;
	event->stack.frame_count = 0;
	event->link_register = 0;
	if (origin == WIRE_SIGNAL_OF_PROCESS || origin == WIRE_SIGNAL_OF_PARENT)
		fill_task(&event->sender);
	else
		__builtin_memset(&event->sender, 0, sizeof(event->sender));
	fill_unix_peer(&event->unix_peer, NULL);
	emit_submit_now(event);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_sigpipe, int sig, struct kernel_siginfo *info, struct task_struct *target, int group, int result)
{
	struct task_struct *task = current_task();
	u64 siginfo = 0;

	if (sig != SIGPIPE)
		return 0;
	/* Not "if (info)": the verifier takes a typed argument for never NULL (since 6.5) and deletes the test. */
	bpf_probe_read_kernel(&siginfo, sizeof(siginfo), &ctx[1]);
	if (!siginfo && !group && target->pid == BPF_CORE_READ(task, pid)) {
		if (enters_by_calls(task) && current_passes())
			emit_write(ctx, task, result);
	} else if (portless_files_pass() && task_passes(target)) {
		emit_sent(target, result, origin_of(siginfo, group));
	}
	return 0;
}
