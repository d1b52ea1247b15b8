/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* What each CPU counts of its events: what was seen and what was lost are held against it. */
#ifndef TCPBLAME_EVENT_COUNTERS_H
#define TCPBLAME_EVENT_COUNTERS_H

#include <linux/types.h>

struct event_counters {
	__u64 made; /* events made on this CPU: the sequence number of the newest */
	__u64 lost; /* those that found no room in the ring */
};

#endif
