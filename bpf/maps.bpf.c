// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The one definition of everything that the hooks share. */
#include "maps.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct config config = {};
struct peer_search peer_search = {};
__u32 wake_pending = 0;
struct cpu_state cpu_state[CPUS_MAX] __attribute__((aligned(64))) = {};
struct stack_budget stack_budgets[STACK_BUDGETS] = {};
struct copy_budget copy_budget = {};
struct copy_budget copy_budgets[COPY_BUDGETS] = {};
struct sample sample = {};
struct process_closes process_closes[CLOSES_PROCESSES] = {};
struct asked asked[ASKED_PLACES] = {};
__u32 sk_state_overflowed = 0;
__u32 kept_dropped = 0;
__u32 flows_filled = 0;

struct sk_slots_map sk_slots SEC(".maps");
struct kept_map kept SEC(".maps");
struct kept_acts_map kept_acts SEC(".maps");
struct reset_packets_map reset_packets SEC(".maps");
struct ring_map ring SEC(".maps");
struct notes_map notes SEC(".maps");
struct notes_by_address_map sk_state_by_address SEC(".maps");
struct flows_map flows SEC(".maps");
struct listeners_map listeners SEC(".maps");
struct doomed_map doomed SEC(".maps");
struct family_map family SEC(".maps");
struct gone_readers_map gone_readers SEC(".maps");
