/* The ways to write that take more than one call: what they need besides the socket is made here, and lost again. */
#include "story.h"
#include "uring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
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
