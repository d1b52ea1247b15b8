/* The stories of a pair that is no TCP connection: one process writes to an end, another holds the other. */
#ifndef TCPBLAME_TESTS_PAIR_H
#define TCPBLAME_TESTS_PAIR_H

#include "story.h"

struct pair_story {
	int (*make)(int ends[2]); /* the second end writes to the first */
	const char *writer;
	const char *holder;
	enum way way;
	short gone; /* what poll() says of the writer's end then */
	const char *cause;
	const char *file;
};

/*
 * The holder closes its end, and the next write kills the writer. With "--holder found" both ends are held before the
 * tracer comes: it can know who has the other one. With "ends" and "is-killed" the holder ends with its end open.
 */
void play_pair_story(int argc, char **argv, const struct pair_story *pair);

#endif
