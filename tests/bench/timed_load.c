#include "timed_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

volatile sig_atomic_t time_is_up;

static void on_alarm(int number)
{
	(void)number;
	time_is_up = 1;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double seconds_asked(int argc, char **argv)
{
	char *end;

	if (argc != 3 || strcmp(argv[1], "--seconds") != 0)
		return 0;
	const double seconds = strtod(argv[2], &end);

	if (*end || !(seconds > 0 && seconds <= 3600)) {
		fprintf(stderr, "not a number of seconds: %s\n", argv[2]);
		exit(2);
	}
	return seconds;
}

void begin_when_reported(double seconds)
{
	struct sigaction alarm = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval timer = {.it_value = {.tv_sec = (time_t)seconds}};
	char line[16];

	timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin)) /* whoever started it has gone */
		exit(1);
	sigaction(SIGALRM, &alarm, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

void print_rate(uint64_t done, uint64_t began_ns)
{
	printf("%.0f\n", (double)done * 1e9 / (double)(now_ns() - began_ns));
}
