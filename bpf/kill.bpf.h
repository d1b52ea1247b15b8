/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* A signal that ends a process, or asks it to end: who sent it, whose child that was, and how its memory stood. */
#ifndef TCPBLAME_KILL_BPF_H
#define TCPBLAME_KILL_BPF_H

#include "emit.bpf.h"
#include "signal_origin.bpf.h"

#define SIGNAL_BIT(sig) (1ULL << (sig))

/* Those that ask: a process may catch them, and close its connections in its own time. */
#define ASKING_SIGNALS (SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGTERM))

/* Those that end a process which does not catch them (signal(7)); but for SIGPIPE, which has an event of its own. */
#define ENDING_SIGNALS                                                                                                 \
	(ASKING_SIGNALS | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT) | SIGNAL_BIT(SIGBUS) |        \
	 SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGUSR2) |  \
	 SIGNAL_BIT(SIGALRM) | SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGVTALRM) |                     \
	 SIGNAL_BIT(SIGPROF) | SIGNAL_BIT(SIGSYS))

#define MEMORY_CGROUP_LEVELS 8

static __always_inline bool may_end_process(int sig)
{
	return sig > 0 && sig < 64 && ENDING_SIGNALS & SIGNAL_BIT(sig);
}

static __always_inline void fill_ancestor(struct wire_ancestor *out, struct task_struct *leader)
{
	/* One that was read, and not given: the verifier lets nobody load from it. */
	out->pid = config.pidns_is_initial ? (u32)BPF_CORE_READ(leader, tgid)
					   : pid_in_namespace(BPF_CORE_READ(leader, thread_pid), config.pidns_ino);
	BPF_CORE_READ_STR_INTO(&out->name, leader, comm);
}

/* Its parent, that one's parent, … up to the first process. */
static __always_inline void fill_ancestors(struct wire_signal *event, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	__builtin_memset(event->ancestors, 0, sizeof(event->ancestors));
	event->ancestor_count = 0;
	for (int i = 0; i < WIRE_ANCESTORS; i++) {
		leader = BPF_CORE_READ(leader, real_parent, group_leader);
		if (!leader || !BPF_CORE_READ(leader, tgid))
			break;
		fill_ancestor(&event->ancestors[i], leader);
		event->ancestor_count = i + 1;
	}
}

/* Memory cgroups from the process's own up to the root: the first that is at its limit. */
static __always_inline void fill_memory(struct wire_signal *event, struct task_struct *target)
{
	struct mem_cgroup *memcg = memory_cgroup_of(target);
	struct cgroup_subsys_state *css = (struct cgroup_subsys_state *)memcg; /* it begins with it */

	for (int i = 0; i < MEMORY_CGROUP_LEVELS; i++) {
		u64 used, limit;

		if (!css)
			return;
		memcg = (struct mem_cgroup *)css;
		used = BPF_CORE_READ(memcg, memory.usage.counter);
		limit = BPF_CORE_READ(memcg, memory.max);
		/* What it could not have is not in it, and reclaim may have freed a little since. */
		if (used >= limit - limit / 16) {
			event->memory_used = used * config.page_bytes;
			event->memory_limit = limit * config.page_bytes;
			bpf_probe_read_kernel_str(event->memory_cgroup, sizeof(event->memory_cgroup),
						  BPF_CORE_READ(css, cgroup, kn, name));
			return;
		}
		css = BPF_CORE_READ(css, parent);
	}
}

/* All else comes from no task, or from whichever was interrupted. */
static __always_inline bool origin_is_current(u8 origin)
{
	return origin == WIRE_SIGNAL_OF_PROCESS || origin == WIRE_SIGNAL_OF_PARENT || origin == WIRE_SIGNAL_OF_CGROUP ||
	       origin == WIRE_SIGNAL_OF_PID_NAMESPACE;
}

#define ASKED_ANEW_NS 100000000ULL

/*
 * The process catches it and lives on. Who sends that again and again would fill the ring; and of what has come last, a
 * tenth of a second makes no difference.
 */
static __always_inline bool is_asked_again(struct task_struct *target, int sig)
{
	u32 tgid = BPF_CORE_READ(target, tgid);
	u32 sender = (u32)(bpf_get_current_pid_tgid() >> 32);
	struct asked *last = &asked[(tgid * 0x9e3779b9U + sig) >> 24];
	u64 now = bpf_ktime_get_ns();

	if (last->target == tgid && last->sender == sender && last->signal == (u32)sig && now < last->until_ns)
		return true;
	last->target = tgid;
	last->sender = sender;
	last->signal = sig;
	last->until_ns = now + ASKED_ANEW_NS;
	return false;
}

static __always_inline void emit_kill(struct task_struct *target, int sig, u64 siginfo, int group)
{
	u8 handler = sig == SIGKILL ? SIGNAL_DEFAULT : signal_handler(target, sig);
	struct wire_signal *event;

	if (handler == SIGNAL_IGNORED || (handler == SIGNAL_HANDLED && !(ASKING_SIGNALS & SIGNAL_BIT(sig))))
		return;
	if (handler == SIGNAL_HANDLED && is_asked_again(target, sig))
		return;
	event = emit_reserve(WIRE_SIGNAL, sizeof(*event));
	if (!event)
		return;
	fill_names(&event->task, target, false);
	event->signal = sig;
	event->origin = origin_of(sig, siginfo, group);
	event->handler = handler;
	event->reserved = 0;
	event->code = 0;
	event->address = 0;
	if (siginfo > SEND_SIG_PRIV) {
		struct kernel_siginfo *info = (struct kernel_siginfo *)siginfo;

		event->code = BPF_CORE_READ(info, si_code);
		if (event->origin == WIRE_SIGNAL_OF_FAULT)
			event->address = (u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	}
	if (origin_is_current(event->origin)) {
		fill_task(&event->sender);
		fill_ancestors(event, current_task());
	} else {
		__builtin_memset(&event->sender, 0, sizeof(event->sender));
		__builtin_memset(event->ancestors, 0, sizeof(event->ancestors));
		event->ancestor_count = 0;
	}
	event->memory_used = 0;
	event->memory_limit = 0;
	__builtin_memset(event->memory_cgroup, 0, sizeof(event->memory_cgroup));
	if (sig == SIGKILL && event->origin == WIRE_SIGNAL_OF_KERNEL)
		fill_memory(event, target);
	emit_submit(event);
}

#endif
