/*
 * A load: getppid() in a tight loop, the cheapest system call that does something; it has nothing to do with any
 * socket. What it pays is what a tracer costs everybody else on the machine.
 *
 *   getppid_loop --seconds N     prints how many a second
 */
#include "timed_load.h"

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const double seconds = seconds_asked(argc, argv);
	uint64_t done = 0;

	if (seconds == 0) {
		fprintf(stderr, "usage: getppid_loop --seconds N\n");
		return 2;
	}
	begin_when_reported(seconds);
	const uint64_t began = now_ns();

	for (; !time_is_up; done++)
		syscall(SYS_getppid);
	print_rate(done, began);
	return 0;
}
