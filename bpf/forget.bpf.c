// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
#include "forget.bpf.h"

#if !OLD_PROGRAMS
int forget_tuple(struct four_tuple *tuple)
{
	return 0;
}

int forget_call(struct wire_call *call)
{
	return 0;
}
#endif
