// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The one definition of everything that the hooks share. */
#include "maps.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct config config = {};
struct peer_search peer_search = {};
__u32 wake_pending = 0;

struct ring_map ring SEC(".maps");
struct event_counters_map counters SEC(".maps");
struct notes_map notes SEC(".maps");
struct notes_by_address_map sk_state_by_address SEC(".maps");
struct flows_map flows SEC(".maps");
struct listeners_map listeners SEC(".maps");
struct doomed_map doomed SEC(".maps");
struct family_map family SEC(".maps");
struct reentry_guards_map reentry_guards SEC(".maps");
struct stack_budgets_map stack_budgets SEC(".maps");
