#include "netns.h"

#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void bring_up(const char *device)
{
	struct ifreq request = {.ifr_flags = 0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	check(fd >= 0, "socket");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	check(ioctl(fd, SIOCGIFFLAGS, &request) == 0, "SIOCGIFFLAGS");
	request.ifr_flags |= IFF_UP;
	check(ioctl(fd, SIOCSIFFLAGS, &request) == 0, "SIOCSIFFLAGS");
	close(fd);
}

static unsigned long current_netns(void)
{
	struct stat status;

	check(stat("/proc/self/ns/net", &status) == 0, "/proc/self/ns/net");
	return status.st_ino;
}

void own_network(void)
{
	check(unshare(CLONE_NEWNET) == 0, "unshare(CLONE_NEWNET)");
	bring_up("lo");
	story->netns = current_netns();
}

static void overwrite(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);

	check(fd >= 0, path);
	check(write(fd, value, strlen(value)) == (ssize_t)strlen(value), path);
	close(fd);
}

void set_network_setting(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	overwrite(path, value);
}

void receive_on_cpu(int cpu)
{
	char mask[16];

	/* A /sys of our own: it shows the network of whoever mounts it. */
	check(unshare(CLONE_NEWNS) == 0, "unshare(CLONE_NEWNS)");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount private /");
	check(mount("sysfs", "/sys", "sysfs", 0, NULL) == 0, "mount /sys");
	snprintf(mask, sizeof(mask), "%x", 1u << cpu);
	overwrite("/sys/class/net/lo/queues/rx-0/rps_cpus", mask);
}

static void filter(int fd, struct sock_filter *instructions, unsigned short count)
{
	const struct sock_fprog program = {.len = count, .filter = instructions};

	check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0, "SO_ATTACH_FILTER");
}

void turn_deaf(int fd)
{
	struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);

	filter(fd, &drop_all, 1);
}

void turn_deaf_to_data(int fd)
{
	/* What the filter is given begins with the TCP header, whose length in words is the high half of byte 12. */
	struct sock_filter drop_data[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 12), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2), BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};

	filter(fd, drop_data, sizeof(drop_data) / sizeof(drop_data[0]));
}

void hear_again(int fd)
{
	int unused = 0;

	check(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0, "SO_DETACH_FILTER");
}

int connect_while_queue_fills(int backlog)
{
	int fd = socket(story->family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	check(fd >= 0, "socket");
	turn_deaf(fd);
	connect_socket(fd);
	check(errno == EINPROGRESS, "connect of the deaf");
	for (int i = 0; i < FITTING(backlog); i++) {
		connect_to_port(0);
		check(errno == 0, "a connection for which the queue has room");
	}
	hear_again(fd);
	return fd;
}

void peer_turns_deaf(void)
{
	int fd = peer_accepts();

	turn_deaf(fd);
	announce(OWN_STEP);
	await(OVER);
	/* Deaf still, it would wait for an answer to its FIN, on our port. */
	hear_again(fd);
	close(fd);
}
