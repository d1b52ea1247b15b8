// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A system call returns: trace_sys_exit (include/trace/events/syscalls.h), for kernels where a failing send can be
 * seen nowhere else. Every thread of the machine pays for it, so it has to be asked for.
 */
#include "broken_call.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline bool sends(u8 syscall)
{
	switch (syscall) {
	case WIRE_SYS_WRITE:
	case WIRE_SYS_WRITEV:
	case WIRE_SYS_PWRITEV2:
	case WIRE_SYS_SENDTO:
	case WIRE_SYS_SENDMSG:
	case WIRE_SYS_SENDMMSG:
	case WIRE_SYS_SENDFILE:
	case WIRE_SYS_SPLICE: return true;
	default: return false;
	}
}

static __always_inline bool wanted_by_reading(const struct sock *sk, const struct wire_call *call,
					      struct four_tuple *tuple)
{
	if (call->file_kind == WIRE_FILE_UNIX)
		return portless_files_pass();
	if (!is_tcp(READ, sk))
		return false;
	four_tuple_of(tuple, READ, sk);
	/* A failed connect has no four-tuple any more, and the notes that would report are not to be had here. */
	return !tuple->remote_port || (tuple_matches(tuple) && netns_listed(netns_of_socket(sk)));
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_syscall_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	struct wire_call call;
	struct four_tuple tuple = {};
	struct sock *sk;
	u8 syscall;

	if (ret >= 0 || ret < -4095 || !says_tcp_broken((int)-ret))
		return 0;
	task = current_task();
	/* The return from a handler of SIGPIPE shows the write's result once more, with no number of a call. */
	syscall = syscall_of(syscall_number(task, regs));
	if (!sends(syscall) || !(config.culprits || current_passes()))
		return 0;
	fill_call(&call, syscall, regs);
	sk = fill_file(&call, file_of(task, call.fd));
	if (!sk || (call.file_kind != WIRE_FILE_TCP && call.file_kind != WIRE_FILE_UNIX))
		return 0;
	if (call.file_kind == WIRE_FILE_UNIX && !says_broken((int)-ret))
		return 0;
	if (wanted_by_reading(sk, &call, &tuple) && caller_passes(&tuple, NULL))
		emit_call(WIRE_SEND, ctx, READ, sk, &tuple, NULL, (int)ret, false);
	return 0;
}
