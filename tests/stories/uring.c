#include "uring.h"

#include "story.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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

void open_ring(struct ring *ring)
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

int do_request(const struct ring *ring, const struct io_uring_sqe *request)
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
