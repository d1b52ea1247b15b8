/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* A change of state that is part of an orderly end: kept, not sent. */
#ifndef TCPBLAME_STATE_KEEPING_BPF_H
#define TCPBLAME_STATE_KEEPING_BPF_H

#include "closes.bpf.h"
#include "kept.bpf.h"
#include "state_event.bpf.h"

static __always_inline bool is_dead(const struct sock *sk)
{
	return socket_flags(sk->__sk_common.skc_flags, 1) & WIRE_SOCKET_DEAD;
}

/*
 * A signal has killed the process that closes its side first, as it ends: the kernel says to the other end only that no
 * more comes. An exit code of the whole group is in each of its threads (do_group_exit() in kernel/exit.c).
 */
static __always_inline bool died_with_it(const struct sock *sk, int from, int to)
{
	struct task_struct *task;

	if (to != TCP_FIN_WAIT1 || from != TCP_ESTABLISHED || !sk->sk_lock.owned)
		return false;
	task = current_task();
	return task_field(task, flags) & PF_EXITING && task_field(task, exit_code) & 0x7f;
}

/* The peer closes first, and has sent no data after ours. */
static __always_inline bool is_unanswered(struct sock *sk, int from, int to)
{
	struct wire_socket how = {};

	if (!config.unanswered || to != TCP_CLOSE_WAIT || from != TCP_ESTABLISHED)
		return false;
	fill_idle(&how, TRUSTED, tcp_sock_of(TRUSTED, sk));
	return how.flags & WIRE_SOCKET_WE_SENT_LAST;
}

/* A FIN is all that comes, and is of interest all the same. */
static __always_inline bool ends_quietly(struct sock *sk, int from, int to)
{
	return died_with_it(sk, from, to) || is_unanswered(sk, from, to);
}

/* A process finishes the connection by a FIN. */
static __always_inline bool closes(struct sock *sk, int to)
{
	return sk->sk_lock.owned && (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK);
}

/*
 * Its process has just broken another by what it did then, maybe: where its peer has closed this one, that may be why;
 * where it closes this one of its own accord, that is one more that may look so.
 */
static __always_inline bool may_be_why(struct sock *sk, int to)
{
	return closes(sk, to) && has_just_broken_one(current_tgid(), to == TCP_LAST_ACK);
}

/*
 * So far the connection ends as it should. A socket that becomes a TIME_WAIT minisock does so in softirq, or is dead:
 * what a process closes by sending a RST is not yet.
 */
static __always_inline bool in_order(struct sock *sk, int from, int to)
{
	if (sk->sk_err || sk->sk_protocol != IPPROTO_TCP || from == TCP_LISTEN)
		return false;
	if (ends_quietly(sk, from, to) || may_be_why(sk, to))
		return false;
	if (from == to || to == TCP_FIN_WAIT1 || to == TCP_CLOSE_WAIT || to == TCP_LAST_ACK || to == TCP_CLOSING)
		return true;
	if (to != TCP_CLOSE)
		return false;
	return from == TCP_LAST_ACK ||
	       ((from == TCP_FIN_WAIT2 || from == TCP_CLOSING) && (!sk->sk_lock.owned || is_dead(sk)));
}

/* A process ends the connection by a RST. */
static __always_inline bool aborts(struct sock *sk, int from, int to)
{
	return from != TCP_LISTEN && to == TCP_CLOSE && is_act(sk, from, to) && !in_order(sk, from, to);
}

/* This change is sent: so is what is kept, and where the connection breaks by it, what may be why. */
static __always_inline void send_kept_of(struct sock *sk, const struct four_tuple *tuple, int from, int to, u8 by_reset)
{
	if (!keeps())
		return;
	if (aborts(sk, from, to)) {
		kept_flush(hash_of_tuple(tuple));
		flush_near(current_tgid(), hash_of_tuple(tuple));
	} else if (by_reset || sk->sk_err) {
		break_kept(tuple);
	} else {
		kept_flush(hash_of_tuple(tuple));
	}
}

/* The last of the connection's changes, of which nobody will ask. */
static __always_inline bool is_over(struct sock *sk, const struct four_tuple *tuple, int to)
{
	int ended;

	if (to != TCP_CLOSE || !is_dead(sk))
		return false;
	ended = kept_end(hash_of_tuple(tuple), identity_of(TRUSTED, sk));
	if (ended & KEPT_END_WANTED)
		kept_flush(hash_of_tuple(tuple));
	return (ended & ~KEPT_END_WANTED) == KEPT_IS_OVER;
}

static __always_inline u32 fins_in(const struct wire_state *event)
{
	u8 to = event->new_state;
	u32 fins = 0;

	if (to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK)
		fins |= KEPT_FIN_SENT;
	if (to == TCP_CLOSE_WAIT || to == TCP_CLOSING || event->socket.flags & WIRE_SOCKET_FIN_RECEIVED)
		fins |= KEPT_FIN_RECEIVED;
	return fins;
}

/* Is this connection, as its first FIN is sent or received, one of those that a recording gets? */
static __always_inline bool is_sampled(struct sock *sk, int from, int to)
{
	const struct tcp_sock *tp;
	u64 second;
	u32 number;

	if (!config.samples || from != TCP_ESTABLISHED)
		return false;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return false;
	second = bpf_ktime_get_ns() / 1000000000;
	/* tcp_close_state() comes before the FIN is queued, tcp_fin() after it was counted. */
	number = to == TCP_CLOSE_WAIT ? tp->rcv_nxt - 1 : tp->write_seq;
	if (sample.second != second) {
		sample.mask = sample.taken < SAMPLES_A_SECOND / 4 ? sample.mask >> 1 : sample.mask;
		sample.second = second;
		sample.taken = 0;
	}
	if ((number * 0x9e3779b9U) >> 8 & sample.mask)
		return false;
	if (++sample.taken > SAMPLES_A_SECOND)
		sample.mask = sample.mask << 1 | 1;
	return true;
}

/* False where it is to be sent. */
static __always_inline bool keep_change(void *ctx, struct sock *sk, const struct four_tuple *tuple,
					struct sk_state *mine, int from, int to)
{
	u64 owner = identity_of(TRUSTED, sk);
	u64 hash = hash_of_tuple(tuple);
	struct kept_acts_set *acts = kept_acts_of(hash);
	struct kept_set *set = kept_set_of(hash);
	int way = mine && mine->kept_way ? kept_take_again(hash, owner, mine->kept_way - 1) : -2;
	struct wire_act *act;
	struct kept *slot;
	u64 place;
	u32 at;

	if (way == -2)
		way = kept_take(hash, owner, KEPT_TO_FILL);
	if (way < 0 || !set || !acts)
		return false;
	place = way_in(way);
	if (mine)
		mine->kept_way = place + 1;
	slot = &set->ways[place];
	at = slot->count;
	if (at >= KEPT_ACTS) { /* it is not: for the verifier */
		unlock_kept(slot, owner);
		return false;
	}
	act = &acts->of[place].acts[at];
	act->state.header.time_ns = bpf_ktime_get_ns();
	fill_orderly_state(&act->state, sk, tuple, mine, from, to);
	act->kept_with_stack = 0;
	if (is_act(sk, from, to) && stack_is_affordable(&act->state)) {
		fill_act_stack(act, ctx);
		act->kept_with_stack = 1;
	}
	acts->of[place].tuple = *tuple;
	if (!at)
		acts->of[place].closer = 0;
	if (closes(sk, to)) {
		acts->of[place].closer = current_tgid();
		note_close(acts->of[place].closer, hash, to == TCP_LAST_ACK);
	}
	slot->worth = KEPT_WORTH_LIVING | KEPT_WORTH_TIME(act->state.header.time_ns);
	slot->flags |= fins_in(&act->state);
	slot->count = at + 1;
	if (unlock_kept(slot, owner))
		kept_flush(hash);
	return true;
}

#endif
