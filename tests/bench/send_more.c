/*
 * A load: one thread sends 64 B with MSG_MORE in a tight loop over loopback, where a sink reads all of it.
 * MSG_MORE keeps most sends from making a packet, so that what is measured is the send path itself.
 *
 *   send_more [SENDS]         prints the nanoseconds that a send took, on average
 *   send_more --seconds N     waits to be reported, and prints how many a second
 */
#include "loopback.h"
#include "timed_load.h"

#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void sink(const struct sockaddr_in *address)
{
	static char buffer[1 << 20];
	const int fd = connect_to(address);

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	_exit(0);
}

static long send_many(int fd, long most)
{
	char message[64];
	long sent = 0;

	memset(message, 'x', sizeof(message));
	for (; sent < most && !time_is_up; sent++)
		if (send(fd, message, sizeof(message), MSG_MORE) != (ssize_t)sizeof(message))
			die("send");
	return sent;
}

int main(int argc, char **argv)
{
	const double seconds = seconds_asked(argc, argv);
	const long most = seconds > 0 ? LONG_MAX : argc > 1 ? atol(argv[1]) : 2000000;
	struct sockaddr_in address;
	const int listener = listen_anywhere(&address);
	const pid_t reader = fork();

	if (reader == 0)
		sink(&address);
	const int fd = accept(listener, NULL, NULL);

	if (reader < 0 || fd < 0)
		die("accept");
	if (seconds > 0)
		begin_when_reported(seconds);
	const uint64_t began = now_ns();
	const long sent = send_many(fd, most);

	if (seconds > 0)
		print_rate((uint64_t)sent, began);
	else
		printf("%.2f\n", (double)(now_ns() - began) / (double)sent);
	close(fd);
	waitpid(reader, NULL, 0);
	return 0;
}
