/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What the current system call was asked to send, to which file, and from where in the program. */
#ifndef TCPBLAME_CALL_BPF_H
#define TCPBLAME_CALL_BPF_H

#include "kernel_compat.bpf.h"
#include "socket.bpf.h"
#include "task.bpf.h"

#define BYTES_UNKNOWN (~0ULL)
#define IOV_MAX_COUNTED 16

/* include/net/sock.h */
#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2

/* ~0 where the vector is longer than we count or not readable any more. */
static __always_inline u64 iov_bytes(const struct iovec *vector, u64 count)
{
	u64 total = 0;

	if (count > IOV_MAX_COUNTED)
		return BYTES_UNKNOWN;
	for (u32 i = 0; i < IOV_MAX_COUNTED; i++) {
		u64 entry[2]; /* struct iovec: base, length (include/uapi/linux/uio.h) */

		if (i >= count)
			break;
		if (bpf_probe_read_user(entry, sizeof(entry), (const u64 *)vector + 2 * i))
			return BYTES_UNKNOWN;
		total += entry[1];
	}
	return total;
}

/* struct user_msghdr begins: name, namelen (padded to 8), iov, iovlen (include/linux/socket.h). */
static __always_inline u64 msghdr_bytes(const void *message)
{
	u64 head[4];

	if (bpf_probe_read_user(head, sizeof(head), message))
		return BYTES_UNKNOWN;
	return iov_bytes((const struct iovec *)head[2], head[3]);
}

static __always_inline bool msghdr_has_name(const void *message)
{
	u64 name = 0;

	return !bpf_probe_read_user(&name, sizeof(name), message) && name;
}

static __always_inline u32 msg_flags_of(u8 syscall, struct pt_regs *regs)
{
	switch (syscall) {
	case WIRE_SYS_SENDTO:
	case WIRE_SYS_SENDMMSG: return syscall_arg4(regs);
	case WIRE_SYS_SENDMSG: return syscall_arg3(regs);
	default: return 0;
	}
}

static __always_inline void fill_call(struct wire_call *out, u8 syscall, struct pt_regs *regs)
{
	__builtin_memset(out, 0, sizeof(*out));
	out->fd = -1;
	out->bytes = BYTES_UNKNOWN;
	switch (syscall) {
	case WIRE_SYS_WRITE:
		out->fd = syscall_arg1(regs);
		out->bytes = syscall_arg3(regs);
		break;
	case WIRE_SYS_WRITEV:
	case WIRE_SYS_PWRITEV2:
	case WIRE_SYS_VMSPLICE:
		out->fd = syscall_arg1(regs);
		out->bytes = iov_bytes((const struct iovec *)syscall_arg2(regs), syscall_arg3(regs));
		break;
	case WIRE_SYS_SENDTO:
		out->fd = syscall_arg1(regs);
		out->bytes = syscall_arg3(regs);
		out->msg_flags = syscall_arg4(regs);
		out->addressed = syscall_arg5(regs) != 0;
		break;
	case WIRE_SYS_SENDMSG:
		out->fd = syscall_arg1(regs);
		out->bytes = msghdr_bytes((const void *)syscall_arg2(regs));
		out->msg_flags = syscall_arg3(regs);
		out->addressed = msghdr_has_name((const void *)syscall_arg2(regs));
		break;
	case WIRE_SYS_SENDMMSG: /* which of its messages failed is not to be seen */
		out->fd = syscall_arg1(regs);
		out->msg_flags = syscall_arg4(regs);
		break;
	case WIRE_SYS_SENDFILE:
		out->fd = syscall_arg1(regs);
		out->bytes = syscall_arg4(regs);
		break;
	case WIRE_SYS_SPLICE:
		out->fd = syscall_arg3(regs);
		out->bytes = syscall_arg5(regs);
		break;
	case WIRE_SYS_TEE:
		out->fd = syscall_arg2(regs);
		out->bytes = syscall_arg3(regs);
		break;
	default: break;
	}
}

/* The file behind a descriptor of the current task; another thread may close it meanwhile. */
static __always_inline struct file *file_of(struct task_struct *task, int fd)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	return file;
}

/*
 * unix_release_sock() (net/unix/af_unix.c) marks the closed end dead and leaves our pointer to it;
 * a shutdown by either side gives EPIPE too, and leaves both alive.
 */
static __always_inline bool unix_peer_gone(const struct sock *sk)
{
	const struct sock *peer = BPF_CORE_READ((const struct unix_sock *)sk, peer);

	return peer && (socket_flags(BPF_CORE_READ(peer, __sk_common.skc_flags), 1) & WIRE_SOCKET_DEAD);
}

/* Where unix_stream_sendmsg() and its kin answer with EPIPE (net/unix/af_unix.c). */
static __always_inline u8 unix_file_state(const struct sock *sk)
{
	const struct sock *peer = BPF_CORE_READ((const struct unix_sock *)sk, peer);

	if (BPF_CORE_READ(sk, sk_shutdown) & SEND_SHUTDOWN || unix_peer_gone(sk))
		return WIRE_FILE_BROKEN;
	return peer && BPF_CORE_READ(peer, sk_shutdown) & RCV_SHUTDOWN ? WIRE_FILE_BROKEN : WIRE_FILE_WHOLE;
}

/* Where tcp_sendmsg_locked() does (net/ipv4/tcp.c). */
static __always_inline u8 tcp_file_state(const struct sock *sk)
{
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state == TCP_CLOSE || BPF_CORE_READ(sk, sk_shutdown) & SEND_SHUTDOWN || BPF_CORE_READ(sk, sk_err)
		       ? WIRE_FILE_BROKEN
		       : WIRE_FILE_WHOLE;
}

static __always_inline void fill_socket_file(struct wire_call *out, const struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_UNIX) {
		out->file_kind = WIRE_FILE_UNIX;
		out->unix_peer_gone = unix_peer_gone(sk);
		out->file_state = unix_file_state(sk);
	} else if (family == AF_INET || family == AF_INET6) {
		out->file_kind = WIRE_FILE_TCP;
		out->file_state = tcp_file_state(sk);
	}
}

/*
 * The file that the call's descriptor names at this moment: its kind, whether it would give an EPIPE. Returns its
 * socket where it is one. pipe_write() (fs/pipe.c) gives an EPIPE where there is no reader.
 */
static __always_inline struct sock *fill_file(struct wire_call *out, struct file *file)
{
	if (!file)
		return NULL;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 format = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	out->inode = BPF_CORE_READ(inode, i_ino);
	if (format == S_IFIFO) {
		struct pipe_inode_info *pipe = BPF_CORE_READ(file, private_data);

		out->file_kind = WIRE_FILE_PIPE;
		out->file_state = BPF_CORE_READ(pipe, readers) ? WIRE_FILE_WHOLE : WIRE_FILE_BROKEN;
		return NULL;
	}
	out->file_kind = WIRE_FILE_OTHER;
	if (format != S_IFSOCK) {
		out->file_state = WIRE_FILE_WHOLE;
		return NULL;
	}
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	fill_socket_file(out, sk);
	return sk;
}

/* Who was at the other end of a unix socket as it was connected: unix_stream_connect() and init_peercred(). */
static __always_inline void fill_unix_peer(struct wire_task *out, const struct sock *sk)
{
	struct pid *pid = sk ? BPF_CORE_READ(sk, sk_peer_pid) : NULL;

	if (pid && BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
		read_process(out, pid);
	else
		__builtin_memset(out, 0, sizeof(*out));
}

/* Addresses always; build ids where the files' pages are at hand (bpf_get_stack never waits). */
static __always_inline void fill_stack(struct wire_stack *out, void *ctx)
{
	long bytes;

	out->count = 0;
	out->frame_count = 0;
	if (config.no_stacks)
		return;
	bytes = bpf_get_stack(ctx, out->addresses, sizeof(out->addresses), BPF_F_USER_STACK);
	out->count = bytes > 0 ? bytes / sizeof(out->addresses[0]) : 0;
	bytes = bpf_get_stack(ctx, out->frames, sizeof(out->frames), BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	out->frame_count = bytes > 0 ? bytes / sizeof(out->frames[0]) : 0;
	fill_stack_top(&out->top);
}

#endif
