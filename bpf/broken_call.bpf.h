/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* A system call on a socket that got an error because something broke, and what an event says of it. */
#ifndef TCPBLAME_BROKEN_CALL_BPF_H
#define TCPBLAME_BROKEN_CALL_BPF_H

#include "call.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "user_stack.bpf.h"

#define EPIPE 32
#define MSG_NOSIGNAL 0x4000

/* The errors that say that a connection is broken; others (EAGAIN, EMSGSIZE, …) are about the call. */
static __always_inline bool says_broken(int error)
{
	switch (error) {
	case EPIPE:
	case 64:  /* ENONET */
	case 71:  /* EPROTO */
	case 92:  /* ENOPROTOOPT: ICMP */
	case 100: /* ENETDOWN */
	case 101: /* ENETUNREACH */
	case 102: /* ENETRESET */
	case 103: /* ECONNABORTED */
	case 104: /* ECONNRESET */
	case 107: /* ENOTCONN */
	case 110: /* ETIMEDOUT */
	case 111: /* ECONNREFUSED */
	case 112: /* EHOSTDOWN */
	case 113: /* EHOSTUNREACH */ return true;
	default: return false;
	}
}

/* Of TCP alone: what ICMPv6 says of a firewall. A unix socket's is about permissions. */
static __always_inline bool says_tcp_broken(int error)
{
	return error == 13 /* EACCES */ || says_broken(error);
}

/* sk_stream_error() (net/core/stream.c) sends SIGPIPE exactly then; the sigpipe event has the stack. */
static __always_inline bool sigpipe_was_due(int result, const struct wire_call *call)
{
	return result == -EPIPE && !(call->msg_flags & MSG_NOSIGNAL);
}

/* The same, of a call that was not looked at yet. */
static __always_inline bool sigpipe_is_due_to_current(int result)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = entry_registers(task);

	if (result != -EPIPE)
		return false;
	return !enters_by_calls(task) || !(msg_flags_of(syscall_of(syscall_number(task, regs)), regs) & MSG_NOSIGNAL);
}

/* The socket is the one that the call was on, whatever its descriptor names by now. */
static __always_inline void emit_the_rest(struct wire_send *event, void *ctx, const struct sock *sk, int result,
					  bool sigpipe_follows)
{
	struct task_struct *task = current_task();

	fill_task(&event->task);
	fill_call(&event->call, event->task.syscall, entry_registers(task));
	fill_socket_file(&event->call, sk);
	event->call.inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
	fill_unix_peer(&event->unix_peer, sk);
	event->result = result;
	event->sigpipe_follows = sigpipe_follows;
	event->unwound = 0;
	event->unwound_at = 0;
	event->stack.count = 0;
	event->stack.frame_count = 0;
	event->link_register = current_link_register();
	if (result < 0 && !sigpipe_follows && !sigpipe_was_due(result, &event->call))
		fill_stack(&event->stack, ctx);
	/* A write that was taken after the FIN wakes the reader too: the next one may kill the process,
	 * and what /proc says of it is to be read before. */
	emit_submit_now(event);
}

static __always_inline void emit_call(u16 type, void *ctx, const bool trusted, struct sock *sk,
				      const struct four_tuple *tuple, const struct sk_state *mine, int result,
				      bool sigpipe_follows)
{
	struct wire_send *event;

	break_kept(tuple);
	if (type == WIRE_SEND && result < 0 && !sigpipe_follows && !sigpipe_is_due_to_current(result))
		copy_user_stack();
	event = emit_reserve(type, sizeof(*event));
	if (!event)
		return;
	fill_socket(&event->socket, trusted, sk, tuple, mine);
	fill_progress(&event->progress, trusted, sk, mine);
	emit_the_rest(event, ctx, sk, result, sigpipe_follows);
}

#endif
