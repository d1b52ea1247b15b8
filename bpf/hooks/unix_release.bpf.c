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
	struct task_struct *task = current_task();
	struct file *file = NULL;

	/* Where a kernel thread works off what others let go, nobody is to be named. */
	if (!portless_files_pass() || task_field(task, flags) & PF_KTHREAD)
		return;
	bpf_probe_read_kernel(&file, sizeof(file), &socket->file);
	if (file)
		note_gone_reader(file, true);
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
