/* An io_uring for one request: liburing is not needed for that. */
#ifndef TCPBLAME_TESTS_URING_H
#define TCPBLAME_TESTS_URING_H

#include <linux/io_uring.h>

struct ring {
	int fd;
	struct io_uring_params parameters;
	char *rings; /* of both queues: every kernel since 5.4 has them in one mapping */
	struct io_uring_sqe *entries;
};

void open_ring(struct ring *ring);

/* The ring's first, done within the call that hands it in; returns its result. */
int do_request(const struct ring *ring, const struct io_uring_sqe *request);

#endif
