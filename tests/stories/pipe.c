/*
 * `producer | head`, in miniature: the reader of a pipe has seen enough and closes, and the next write kills the
 * producer. There is no TCP in this story, and no connection to blame.
 */
#include "pair.h"

#include <poll.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	play_pair_story(argc, argv,
			&(struct pair_story){
				.make = pipe,
				.writer = "producer",
				.holder = "head",
				.way = BY_WRITE,
				.gone = POLLERR,
				.cause = "pipe-reader-gone",
				.file = "pipe",
			});
}
