/* What the loads that run for a time share: they say when they are ready, wait to be reported, and are reported when
 * time is up. */
#ifndef TCPBLAME_BENCH_TIMED_LOAD_H
#define TCPBLAME_BENCH_TIMED_LOAD_H

#include <signal.h>
#include <stdint.h>

/* Set when the time is up; looking at it costs less than any clock. */
extern volatile sig_atomic_t time_is_up;

uint64_t now_ns(void);

/* Of `--seconds N` on the command line; 0 where it is not given. */
double seconds_asked(int argc, char **argv);

/* Says that the load is ready, waits for a line on standard input, and lets the time run. Whoever measures attaches
 * his tool in between. */
void begin_when_reported(double seconds);

void print_rate(uint64_t done, uint64_t began_ns);

#endif
