// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A send fails: sk_stream_error() (net/core/stream.c, 2.6), which tcp_sendmsg_locked() and mptcp_sendmsg() leave by
 * with an error and no byte taken. Nobody else pays: a send that succeeds does not come here.
 */
#include "broken_call.bpf.h"

#include <bpf/bpf_tracing.h>

/* By fexit: its result is what the write will return. */
SEC("fexit/sk_stream_error")
int BPF_PROG(on_stream_error_fexit, struct sock *sk, int flags, int err, int ret)
{
	struct sk_state *mine;
	struct four_tuple tuple;

	if (ret >= 0 || !says_tcp_broken(-ret) || !is_tcp(TRUSTED, sk))
		return 0;
	four_tuple_of(&tuple, TRUSTED, sk);
	mine = sk_state_of(sk);
	/* The kernel erases the four-tuple of a failed connect: notes made before stand in for them. */
	if (!(mine && mine->watched) && !(tuple_matches(&tuple) && netns_passes(sk)))
		return 0;
	if (caller_passes(&tuple, mine))
		emit_call(WIRE_SEND, ctx, TRUSTED, sk, &tuple, mine, ret, false);
	return 0;
}

/* Entered with -EPIPE it returns the socket's own error, if that has one. */
static __always_inline int result_of(const struct sock *sk, int err)
{
	int own = BPF_CORE_READ(sk, sk_err);

	return err == -EPIPE && own ? -own : err;
}

/* By a kprobe, where there are no trampolines: it runs before the function, and so before its SIGPIPE. */
SEC("kprobe/sk_stream_error")
int on_stream_error_kprobe(struct pt_regs *ctx)
{
	struct sock *sk = (struct sock *)function_arg1(ctx);
	int result = result_of(sk, (int)function_arg3(ctx));
	bool sigpipe_follows = result == -EPIPE && !(function_arg2(ctx) & MSG_NOSIGNAL);
	struct four_tuple tuple;

	if (result >= 0 || !says_tcp_broken(-result) || !is_tcp(READ, sk))
		return 0;
	four_tuple_of(&tuple, READ, sk);
	/* A failed connect has no four-tuple any more, and the notes that would report are not to be had here. */
	if (tuple.remote_port && !(tuple_matches(&tuple) && netns_listed(netns_of_socket(sk))))
		return 0;
	if (caller_passes(&tuple, NULL))
		emit_call(WIRE_SEND, ctx, READ, sk, &tuple, NULL, result, sigpipe_follows);
	return 0;
}
