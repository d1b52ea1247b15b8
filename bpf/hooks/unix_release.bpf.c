// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * A unix socket is closed for good: unix_release() (net/unix/af_unix.c), where the kernel permits a trampoline or a
 * kprobe. Of who closes an end it is noted who that was, for a write of the other end: no event.
 */
#include "filter.bpf.h"
#include "gone_reader.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void note_release(struct socket *socket)
{
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), &socket->file);
	note_released(file);
}

SEC("fentry/unix_release")
int on_unix_release_fentry(u64 *ctx)
{
	struct socket *socket = NULL;

	bpf_probe_read_kernel(&socket, sizeof(socket), ctx);
	note_release(socket);
	return 0;
}

SEC("kprobe/unix_release")
int on_unix_release_kprobe(struct pt_regs *ctx)
{
	note_release((struct socket *)function_arg1(ctx));
	return 0;
}
