// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A send returns: trace_sock_send_length in sock_sendmsg_nosec() (net/socket.c, 6.3).
 *
 * It runs for every send of the machine, so the first test ends it for one that succeeds on a
 * connection in ESTABLISHED. What is left: sends that failed because something broke, and the first
 * one on a connection that succeeded though the peer had closed (the kernel took the bytes, the
 * peer will not).
 */
#include "call.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"

#include <bpf/bpf_tracing.h>

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

static __always_inline bool is_tcp(struct sock *sk)
{
	u16 family = sk->__sk_common.skc_family;

	return (family == AF_INET || family == AF_INET6) &&
	       (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP);
}

/* A peer that only half-closes may be written to for hours: one such write a connection is told. */
static __always_inline bool first_after_fin(struct sock *sk, struct socket_notes *mine)
{
	u8 state = sk->__sk_common.skc_state;

	if (state != TCP_CLOSE_WAIT && state != TCP_CLOSE && state != TCP_LAST_ACK)
		return false;
	if (!mine || mine->told_written)
		return false;
	mine->told_written = 1;
	return true;
}

/* sk_stream_error() (net/core/stream.c) sends SIGPIPE exactly then; the sigpipe event has the stack. */
static __always_inline bool sigpipe_was_due(int result, const struct wire_call *call)
{
	return result == -EPIPE && !(call->msg_flags & MSG_NOSIGNAL);
}

static __always_inline void tell(void *ctx, struct sock *sk, const struct ends *ends, struct socket_notes *mine,
				 int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct wire_send *event = emit_reserve(WIRE_SEND, sizeof(*event));

	if (!event)
		return;
	put_socket(&event->socket, sk, ends, mine);
	put_progress(&event->progress, sk, mine);
	put_task(&event->task);
	put_call(&event->call, event->task.syscall, entry_registers(task));
	put_file(&event->call, file_of(task, event->call.fd));
	event->result = result;
	event->reserved = 0;
	event->stack.count = 0;
	event->stack.frame_count = 0;
	if (result < 0 && !sigpipe_was_due(result, &event->call))
		put_stack(&event->stack, ctx);
	/* A write that was taken after the FIN wakes the reader too: the next one may kill the process,
	 * and what /proc says of it is to be read before. */
	emit_submit_now(event);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock *sk, int ret, int flags)
{
	struct socket_notes *mine = NULL;
	struct ends ends;

	if (ret >= 0 && sk->__sk_common.skc_state == TCP_ESTABLISHED)
		return 0;
	if (ret == 0 || (ret < 0 && !says_broken(-ret)))
		return 0;
	if (is_tcp(sk)) {
		ends_of(&ends, sk);
		mine = notes_on(sk);
		if (ret > 0 && !first_after_fin(sk, mine))
			return 0;
		/* The kernel erases the ends of a failed connect: notes made before stand in for them. */
		if (!ends_pass(&ends) && !(mine && mine->watched))
			return 0;
	} else {
		if (ret > 0 || sk->__sk_common.skc_family != AF_UNIX || !portless_files_pass())
			return 0;
		__builtin_memset(&ends, 0, sizeof(ends));
	}
	if (current_passes())
		tell(ctx, sk, &ends, mine, ret);
	return 0;
}
