// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * An end of a pipe is closed for good: pipe_release() (fs/pipe.c), where the kernel permits a trampoline or a kprobe.
 * Of its last reader it is noted who that was: no event.
 */
#include "filter.bpf.h"
#include "gone_reader.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("fentry/pipe_release")
int on_pipe_release_fentry(u64 *ctx)
{
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), ctx + 1);
	note_released(file);
	return 0;
}

SEC("kprobe/pipe_release")
int on_pipe_release_kprobe(struct pt_regs *ctx)
{
	note_released((struct file *)function_arg2(ctx));
	return 0;
}
