// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
#include "user_stack.bpf.h"

#include "kernel_compat.bpf.h"
#include "maps.bpf.h"
#include "task.bpf.h"

#define COPIES_A_SECOND 8 /* of each process, by each call */
#define COPIES_A_SECOND_OF_ALL 64

#define PIECE WIRE_USER_STACK_PIECE
#define PIECES (WIRE_USER_STACK_BYTES / PIECE)

/* False where this second's are taken. */
static __always_inline bool take_copy(struct copy_budget *mine, u64 kind, u32 second, u32 most)
{
	if (mine->kind != kind || mine->second != second) {
		mine->kind = kind;
		mine->second = second;
		mine->taken = 0;
	}
	if (mine->taken >= most)
		return false;
	mine->taken++;
	return true;
}

static __always_inline bool copy_is_affordable(u8 syscall, u64 now)
{
	u64 kind = (bpf_get_current_pid_tgid() >> 32) << 8 | syscall;
	u32 second = now / 1000000000;
	u32 at = (u32)((kind * 0x9e3779b97f4a7c15ULL) >> 32) & (COPY_BUDGETS - 1);

	/* Room for events goes first: what waits in the ring is little where this is asked. */
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) + sizeof(struct wire_user_stack) > config.wakeup_bytes)
		return false;
	return take_copy(&copy_budgets[at], kind, second, COPIES_A_SECOND) &&
	       take_copy(&copy_budget, 0, second, COPIES_A_SECOND_OF_ALL);
}

/*
 * Reading never waits: what is not in memory is left out. Nobody may have touched a part of an array yet, as libuv's of
 * events, and main() is above. No piece is of two pages. Without a branch for each: the verifier would walk all ways
 * through them.
 */
static __always_inline void read_stack(struct wire_user_stack *out, const char *from)
{
	u32 bytes = 0, absent = 0;

#pragma unroll
	for (u32 i = 0; i < PIECES; i++) {
		long result = bpf_probe_read_user(out->stack + i * PIECE, PIECE, from + i * PIECE);
		u32 failed = result >> 63; /* all bits, or none */

		asm volatile("" : "+r"(failed)); /* or the compiler would make a branch of it */
		absent |= failed & 1U << i;
		bytes = (bytes & failed) | ((i + 1) * PIECE & ~failed);
	}
	out->bytes = bytes;
	out->absent = absent;
}

int copy_user_stack(void)
{
	struct task_struct *task = current_task();
	struct pt_regs *regs = entry_registers(task);
	u64 now = bpf_ktime_get_ns();
	struct wire_user_stack *out;
	long number;

	if (config.no_stacks || !enters_by_calls(task) || task_field(task, flags) & PF_EXITING)
		return 0;
	number = syscall_number(task, regs);
	if (number < 0 || !copy_is_affordable(syscall_of(number), now)) /* a 32-bit task's has no number here */
		return 0;
	out = bpf_ringbuf_reserve(&ring, sizeof(*out), 0);
	if (!out)
		return 0;
	__builtin_memset(&out->header, 0, sizeof(out->header));
	out->header.type = WIRE_USER_STACK;
	out->header.size = sizeof(*out);
	out->header.cpu = bpf_get_smp_processor_id();
	out->header.time_ns = now;
	pids_of(task, &out->pid, &out->tid);
	__builtin_memset(out->registers, 0, sizeof(out->registers));
	bpf_probe_read_kernel(out->registers, USER_REGISTERS * sizeof(out->registers[0]), regs);
	read_stack(out, (const char *)(stack_pointer(regs) & ~(u64)(PIECE - 1)));
	bpf_ringbuf_submit(out, BPF_RB_NO_WAKEUP);
	return 0;
}
