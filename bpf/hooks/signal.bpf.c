// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A signal is sent: trace_signal_generate in __send_signal_locked() (kernel/signal.c). A SIGPIPE is what a write got;
 * one that ends a process, or asks it to end, is the reason behind the closes that follow.
 */
#include "kill.bpf.h"
#include "sigpipe.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info, struct task_struct *target, int group, int result)
{
	u64 siginfo = 0;

	/* Not "if (info)": the verifier takes a typed argument for never NULL (since 6.5) and deletes the test. */
	if (sig == SIGPIPE) {
		bpf_probe_read_kernel(&siginfo, sizeof(siginfo), &ctx[1]);
		on_sigpipe_sent(ctx, target, siginfo, group, result);
	} else if (may_end_process(sig) && result == WIRE_SIGNAL_DELIVERED) {
		bpf_probe_read_kernel(&siginfo, sizeof(siginfo), &ctx[1]);
		emit_kill(target, sig, siginfo, group);
	}
	return 0;
}
