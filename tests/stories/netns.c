#include "netns.h"

#include "story.h"

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

void turn_deaf(int fd)
{
	struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog filter = {.len = 1, .filter = &drop_all};

	check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0, "SO_ATTACH_FILTER");
}

void hear_again(int fd)
{
	int unused = 0;

	check(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0, "SO_DETACH_FILTER");
}
