/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * A write is answered with SIGPIPE: trace_signal_generate in __send_signal_locked()
 * (kernel/signal.c). The kernel sends it to the calling thread, as nobody else does: without a
 * siginfo, to the thread and not the process (send_sig(SIGPIPE, current, 0)). At this spot the
 * thread's registers still report the system call, its descriptor and the user stack. The descriptor
 * may name another file by now (dup2() in another thread): the reader takes the socket of the send
 * that returns next. A SIGPIPE that no write drew is reported too, for what it is.
 */
#ifndef TCPBLAME_SIGPIPE_BPF_H
#define TCPBLAME_SIGPIPE_BPF_H

#include "call.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "gone_reader.bpf.h"
#include "signal_origin.bpf.h"
#include "user_stack.bpf.h"

/*
 * A failed connect has no four-tuple any more, io_uring's registers do not name the file, and what the descriptor names
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
	event->handler = signal_handler(task, SIGPIPE);
	event->by_process = 0;
	event->origin = WIRE_SIGNAL_OF_UNKNOWN;
	event->unwound = 0;
	event->unwound_at = 0;
}

static __always_inline bool will_kill(const struct wire_sigpipe *event)
{
	return event->handler == SIGNAL_DEFAULT && !event->blocked && event->result != WIRE_SIGNAL_IGNORED;
}

static __always_inline void emit_write(void *ctx, struct task_struct *task, int result)
{
	struct wire_call call;
	struct four_tuple tuple = {};
	struct pt_regs *regs = entry_registers(task);
	struct sock *sk;
	struct wire_sigpipe *event;

	fill_call(&call, syscall_of(syscall_number(task, regs)), regs);
	forget_call(&call);
	sk = fill_file(&call, file_of(task, call.fd));
	forget_call(&call);
	if (call.file_kind == WIRE_FILE_TCP)
		four_tuple_of(&tuple, READ, sk);
	if (!wanted(&call, &tuple) || !caller_passes(&tuple, NULL))
		return;
	break_kept(&tuple);
	if (call.file_state == WIRE_FILE_BROKEN)
		emit_gone_reader(&call);
	copy_user_stack();
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

static __always_inline void on_sigpipe_sent(void *ctx, struct task_struct *target, u64 siginfo, int group, int result)
{
	struct task_struct *task = current_task();

	if (!siginfo && !group && target->pid == BPF_CORE_READ(task, pid)) {
		if (enters_by_calls(task))
			emit_write(ctx, task, result);
	} else if (portless_files_pass() && task_passes(target)) {
		emit_sent(target, result, origin_of(SIGPIPE, siginfo, group));
	}
}

#endif
