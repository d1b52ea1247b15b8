/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Who was the last that could read a pipe, or held the other end of a unix socket, and has ended. */
#ifndef TCPBLAME_GONE_READER_BPF_H
#define TCPBLAME_GONE_READER_BPF_H

#include "call.bpf.h"
#include "emit.bpf.h"

/* What a shell gives to a program is among its first descriptors. */
#define DESCRIPTORS_LOOKED_AT 64

#define PIPEFS_MAGIC 0x50495045 /* a pipe has no name by which somebody else could open it */

/*
 * The inode of the end that would write to what this file reads from; 0: there is none, or others can read it.
 * `released`: nobody holds the file any more.
 */
static __always_inline u64 writing_end_of(struct file *file, const bool released)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 format = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	if ((format != S_IFIFO && format != S_IFSOCK) || (!released && !is_held_once(file)))
		return 0;
	if (format == S_IFIFO) {
		struct pipe_inode_info *pipe = BPF_CORE_READ(file, private_data);

		if (!(BPF_CORE_READ(file, f_mode) & FMODE_READ) || BPF_CORE_READ(pipe, readers) != 1)
			return 0;
		if (BPF_CORE_READ(inode, i_sb, s_magic) != PIPEFS_MAGIC)
			return 0;
		return BPF_CORE_READ(inode, i_ino);
	}
	struct socket *socket = BPF_CORE_READ(file, private_data);
	const struct sock *sk = BPF_CORE_READ(socket, sk);

	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return 0;
	return BPF_CORE_READ((const struct unix_sock *)sk, peer, sk_socket, file, f_inode, i_ino);
}

/* The current task has closed it. */
static __always_inline void note_gone_reader(struct file *file, const bool released)
{
	u64 inode = writing_end_of(file, released);
	struct gone_reader reader;

	if (!inode)
		return;
	fill_task(&reader.task);
	reader.ended_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&gone_readers, &inode, &reader, BPF_ANY);
}

/* The last who held it lets it go, and lives on, maybe. Where a kernel thread works off what others let go, nobody is
 * named. */
static __always_inline void note_released(struct file *file)
{
	if (file && portless_files_pass() && !(task_field(current_task(), flags) & PF_KTHREAD))
		note_gone_reader(file, true);
}

/* The task is about to close what it has (exit_files() comes after the tracepoint), and nobody shares its table. */
static __always_inline void note_gone_readers(struct task_struct *task)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	struct fdtable *table;
	struct file **files_of;
	unsigned long *bits;
	u64 open = 0;

	if (!files || BPF_CORE_READ(files, count.counter) != 1)
		return;
	table = BPF_CORE_READ(files, fdt);
	bits = BPF_CORE_READ(table, open_fds);
	files_of = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&open, sizeof(open), bits);
	for (u32 i = 0; i < DESCRIPTORS_LOOKED_AT; i++) {
		struct file *file = NULL;

		if (!(open >> i & 1))
			continue;
		bpf_probe_read_kernel(&file, sizeof(file), &files_of[i]);
		if (file)
			note_gone_reader(file, false);
	}
}

/* A write has found no reader. */
static __always_inline void emit_gone_reader(const struct wire_call *call)
{
	struct wire_holder *event;
	struct gone_reader *reader;
	u64 inode = call->inode;

	if (call->file_kind != WIRE_FILE_PIPE && call->file_kind != WIRE_FILE_UNIX)
		return;
	reader = bpf_map_lookup_elem(&gone_readers, &inode);
	if (!reader)
		return;
	event = emit_reserve(WIRE_HOLDER, sizeof(*event));
	if (!event)
		return;
	event->task = reader->task;
	event->other_inode = inode;
	event->file_kind = call->file_kind;
	__builtin_memset(event->reserved, 0, sizeof(event->reserved));
	event->ended_ns = reader->ended_ns;
	emit_submit(event);
}

#endif
