/* The ways to write that take more than one call: what they need besides the socket is made here, and lost again. */
#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

/* close() must not touch the errno that the write left. */
static ssize_t and_close(ssize_t result, int fd)
{
	const int error = errno;

	close(fd);
	errno = error;
	return result;
}

ssize_t send_by_sendfile(int fd, const void *data, size_t bytes)
{
	int file = memfd_create("data", 0);

	check(file >= 0, "memfd_create");
	check(pwrite(file, data, bytes, 0) == (ssize_t)bytes, "filling a file");
	errno = 0;
	return and_close(sendfile(fd, file, NULL, bytes), file);
}

ssize_t send_by_splice(int fd, const void *data, size_t bytes)
{
	int ends[2];

	check(pipe(ends) == 0, "pipe");
	check(write(ends[1], data, bytes) == (ssize_t)bytes, "filling a pipe");
	close(ends[1]);
	errno = 0;
	return and_close(splice(ends[0], NULL, fd, NULL, bytes, 0), ends[0]);
}

struct ring {
	int fd;
	struct io_uring_params parameters;
	char *rings; /* of both queues: every kernel since 5.4 has them in one mapping */
	struct io_uring_sqe *entries;
};

static void *map(const struct ring *ring, size_t size, off_t what)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, what);

	check(memory != MAP_FAILED, "mmap of an io_uring");
	return memory;
}

static _Atomic(uint32_t) *counter(const struct ring *ring, uint32_t offset)
{
	return (_Atomic(uint32_t) *)(ring->rings + offset);
}

static void open_ring(struct ring *ring)
{
	const struct io_cqring_offsets *completed = &ring->parameters.cq_off;

	memset(&ring->parameters, 0, sizeof(ring->parameters));
	ring->fd = (int)syscall(SYS_io_uring_setup, 1, &ring->parameters);
	check(ring->fd >= 0, "io_uring_setup");
	check(ring->parameters.features & IORING_FEAT_SINGLE_MMAP, "both queues of an io_uring in one mapping");
	/* The completions come last. */
	ring->rings = map(ring, completed->cqes + ring->parameters.cq_entries * sizeof(struct io_uring_cqe),
			  IORING_OFF_SQ_RING);
	ring->entries = map(ring, ring->parameters.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

/* One request, the ring's first, done within the call that hands it in. */
static int do_request(const struct ring *ring, const struct io_uring_sqe *request)
{
	const struct io_sqring_offsets *submitted = &ring->parameters.sq_off;
	const struct io_cqring_offsets *completed = &ring->parameters.cq_off;

	ring->entries[0] = *request;
	*(uint32_t *)(ring->rings + submitted->array) = 0;
	atomic_store_explicit(counter(ring, submitted->tail), 1, memory_order_release);
	check(syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1, "io_uring_enter");
	check(atomic_load_explicit(counter(ring, completed->tail), memory_order_acquire) == 1, "one completion");
	return ((const struct io_uring_cqe *)(ring->rings + completed->cqes))->res;
}

ssize_t send_by_io_uring(int fd, const void *data, size_t bytes)
{
	const struct io_uring_sqe request = {
		.opcode = IORING_OP_WRITE,
		.fd = fd,
		.addr = (uintptr_t)data,
		.len = (uint32_t)bytes,
	};
	struct ring ring;
	int result;

	open_ring(&ring);
	result = do_request(&ring, &request);
	/* Its mappings go with the process. */
	close(ring.fd);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}
