// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/*
 * The connections that were there before the attach, with who holds them: an iterator over the
 * open files of every task that the tracer's pid namespace shows (kernel/bpf/task_iter.c, 5.8).
 * Runs once, after the hooks are attached, when userspace reads it; and again where a connection broke
 * whose other end nothing was heard of, for that one alone (peer_search).
 */
#include "filter.bpf.h"
#include "wire.h"

#include <bpf/bpf_tracing.h>

static __always_inline void begin(struct bpf_iter__task_file *ctx, struct wire_existing *event,
				  struct task_struct *task)
{
	event->header.type = peer_search.count ? WIRE_PEER : WIRE_EXISTING;
	event->header.size = sizeof(*event);
	event->header.cpu = bpf_get_smp_processor_id();
	event->header.time_ns = bpf_ktime_get_ns();
	fill_names(&event->task, task, false);
	event->fd = ctx->fd;
}

static __always_inline void emit_socket(struct bpf_iter__task_file *ctx, struct task_struct *task, const bool trusted,
					struct sock *sk, const struct four_tuple *tuple, struct sk_state *mine)
{
	struct wire_existing event = {};

	begin(ctx, &event, task);
	fill_socket(&event.socket, trusted, sk, tuple, mine);
	fill_progress(&event.progress, trusted, sk, mine);
	bpf_seq_write(ctx->meta->seq, &event, sizeof(event));
}

static __always_inline bool same_address(const volatile u32 *one, const u32 *other)
{
	return one[0] == other[0] && one[1] == other[1] && one[2] == other[2] && one[3] == other[3];
}

#define ISN_TOLERANCE 2 /* kStartTolerance in userspace/reconstruct/endpoint.cpp */

static __always_inline bool near_isn(u32 one, u32 other)
{
	return one - other + ISN_TOLERANCE <= 2 * ISN_TOLERANCE;
}

struct isns {
	u32 sent;
	u32 received;
};

/* As far as the counters say. */
static __always_inline void isns_of(struct isns *out, const bool trusted, struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sock_of(trusted, sk);

	__builtin_memset(out, 0, sizeof(*out));
	if (!tp)
		return;
	out->sent = field_of(trusted, tp, snd_una) - (u32)field_of(trusted, tp, bytes_acked);
	out->received = field_of(trusted, tp, rcv_nxt) - (u32)field_of(trusted, tp, bytes_received);
}

static __always_inline bool searched_for(const struct four_tuple *tuple, const struct isns *isns)
{
	for (u32 i = 0; i < PEER_SEARCH_MAX; i++) {
		const volatile struct wanted_socket *one = &peer_search.wanted[i];

		if (i >= peer_search.count)
			break;
		if (one->local_port == tuple->local_port && one->remote_port == tuple->remote_port &&
		    same_address(one->local, tuple->local) && same_address(one->remote, tuple->remote))
			return true;
		if (one->has_isns && near_isn(one->isn_sent, isns->sent) && near_isn(one->isn_received, isns->received))
			return true;
	}
	return false;
}

static __always_inline void emit_holder(struct bpf_iter__task_file *ctx, struct task_struct *task, u8 kind,
					u64 other_inode)
{
	struct wire_holder event = {};

	event.header.type = WIRE_HOLDER;
	event.header.size = sizeof(event);
	event.header.cpu = bpf_get_smp_processor_id();
	event.header.time_ns = bpf_ktime_get_ns();
	fill_names(&event.task, task, false);
	event.other_inode = other_inode;
	event.file_kind = kind;
	bpf_seq_write(ctx->meta->seq, &event, sizeof(event));
}

/* Whoever will find the reader gone may ask who it was; the filters name the writer, not it. */
static __always_inline void note_pipe(struct bpf_iter__task_file *ctx, struct task_struct *task, struct file *file)
{
	struct inode *inode = file->f_inode;

	if ((inode->i_mode & S_IFMT) == S_IFIFO && file->f_mode & FMODE_READ)
		emit_holder(ctx, task, WIRE_FILE_PIPE, inode->i_ino);
}

static __always_inline void note_unix(struct bpf_iter__task_file *ctx, struct task_struct *task, const struct sock *sk)
{
	const struct sock *peer = BPF_CORE_READ((const struct unix_sock *)sk, peer);

	if (peer)
		emit_holder(ctx, task, WIRE_FILE_UNIX, BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino));
}

static __always_inline void begin_watching(const struct four_tuple *tuple, struct sk_state *mine, u8 state)
{
	if (mine)
		mine->known = 1;
	if (mine && (by_process() || config.netns_count)) {
		mine->watched = 1;
		watch_flow(tuple, 0);
	}
	if (mine && state == TCP_CLOSE)
		mine->closed_while_held = 1;
}

static __always_inline void note_pipe_if_wanted(struct bpf_iter__task_file *ctx, struct task_struct *task,
						struct file *file)
{
	if (portless_files_pass() && !peer_search.count)
		note_pipe(ctx, task, file);
}

static __always_inline void note_socket(struct bpf_iter__task_file *ctx, struct task_struct *task, const bool trusted,
					struct sock *sk)
{
	u16 family = field_of(trusted, sk, __sk_common.skc_family);
	struct sk_state *mine = NULL;
	struct four_tuple tuple;
	struct isns isns;
	u32 netns;
	u8 state;

	if (family == AF_UNIX && portless_files_pass() && !peer_search.count)
		note_unix(ctx, task, sk);
	if (!is_tcp(trusted, sk))
		return;
	four_tuple_of(&tuple, trusted, sk);
	state = field_of(trusted, sk, __sk_common.skc_state);
	if (peer_search.count) {
		isns_of(&isns, trusted, sk);
		if (state != TCP_LISTEN && searched_for(&tuple, &isns))
			emit_socket(ctx, task, trusted, sk, &tuple, trusted ? sk_state_of(sk) : NULL);
		return;
	}
	netns = netns_of_socket(sk);
	if (!tuple.family || !task_passes(task) || !tuple_matches(&tuple) || !netns_listed(netns))
		return;
	if (state == TCP_LISTEN && by_process()) /* reported for its process: the one that will accept */
		watch_listener_at(netns, tuple.local_port);
	if (state != TCP_LISTEN && !tuple.remote_port)
		return;
	if (state != TCP_LISTEN) {
		mine = trusted ? sk_state_of_new(sk) : sk_state_by_address_of_new((u64)sk);
		begin_watching(&tuple, mine, state);
	}
	emit_socket(ctx, task, trusted, sk, &tuple, mine);
}

SEC("iter/task_file")
int on_existing(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task; /* read once: each read may be NULL to the verifier */
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	if (!has_sock_from_file()) { /* what it returns, by the file's own word that it is a socket */
		note_pipe_if_wanted(ctx, task, file);
		if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
			return 0;
		socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		if (sk)
			note_socket(ctx, task, READ, sk);
		return 0;
	}
	socket = bpf_sock_from_file(file);
	if (!socket) {
		note_pipe_if_wanted(ctx, task, file);
		return 0;
	}
	sk = socket->sk;
	if (sk)
		note_socket(ctx, task, TRUSTED, sk);
	return 0;
}
