#include "cgroup.h"

#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <mntent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void path_of(char *path, size_t size, const char *name, const char *file)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;

	check(mounts != NULL, "/proc/self/mounts");
	while ((mount = getmntent(mounts)) && strcmp(mount->mnt_type, "cgroup2") != 0)
		;
	check(mount != NULL, "looking for the unified cgroup hierarchy");
	snprintf(path, size, "%s%s%s%s", mount->mnt_dir, name, *file ? "/" : "", file);
	endmntent(mounts);
}

static void move_to(const char *name)
{
	char path[512];
	int fd;

	path_of(path, sizeof(path), name, "cgroup.procs");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check(fd >= 0 && write(fd, "0", 1) == 1, path);
	close(fd);
}

static void below_root(char *out, size_t size, const char *name)
{
	snprintf(out, size, "/%s", name);
}

void enter_new_cgroup(const char *name)
{
	char group[256], path[512];

	below_root(group, sizeof(group), name);
	path_of(path, sizeof(path), group, "");
	check(mkdir(path, 0755) == 0, path);
	move_to(group);
}

void leave_cgroup(void)
{
	move_to("");
}

void drop_egress(const char *name)
{
	const struct bpf_insn drop[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SKB,
		.expected_attach_type = BPF_CGROUP_INET_EGRESS,
		.insns = (uintptr_t)drop,
		.insn_cnt = sizeof(drop) / sizeof(drop[0]),
		.license = (uintptr_t) "",
	};
	union bpf_attr attach = {.attach_type = BPF_CGROUP_INET_EGRESS};
	/* Before 5.11 a program counts as locked memory; later it does not matter whether we may. */
	const struct rlimit locked = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	char group[256], path[512];
	int program, fd;

	setrlimit(RLIMIT_MEMLOCK, &locked);
	below_root(group, sizeof(group), name);
	path_of(path, sizeof(path), group, "");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd >= 0, path);
	program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	check(program >= 0, "BPF_PROG_LOAD");
	attach.target_fd = (uint32_t)fd;
	attach.attach_bpf_fd = (uint32_t)program;
	check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) == 0, "BPF_PROG_ATTACH");
	close(program);
	close(fd);
}

/* The last one that ended may still be on its way out of it. */
void remove_cgroup(const char *name)
{
	char group[256], path[512];
	int result;

	below_root(group, sizeof(group), name);
	path_of(path, sizeof(path), group, "");
	while ((result = rmdir(path)) != 0 && errno == EBUSY)
		usleep(1000);
	check(result == 0, path);
}

void kill_cgroup(const char *name)
{
	char group[256], path[512];
	int fd;

	below_root(group, sizeof(group), name);
	path_of(path, sizeof(path), group, "cgroup.kill");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check(fd >= 0 && write(fd, "1", 1) == 1, path);
	close(fd);
}

/* ---- the memory controller, which is in the unified hierarchy or, on some machines, in one of its own ---- */

static bool memory_has_own_hierarchy;

static void memory_path(char *path, size_t size, const char *name, const char *file)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;

	check(mounts != NULL, "/proc/self/mounts");
	while ((mount = getmntent(mounts)) && !(strcmp(mount->mnt_type, "cgroup") == 0 && hasmntopt(mount, "memory")))
		;
	memory_has_own_hierarchy = mount != NULL;
	if (mount)
		snprintf(path, size, "%s/%s%s%s", mount->mnt_dir, name, *file ? "/" : "", file);
	endmntent(mounts);
	if (!memory_has_own_hierarchy) {
		char group[256];

		below_root(group, sizeof(group), name);
		path_of(path, size, group, file);
	}
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

void enter_memory_cgroup(const char *name, long limit)
{
	char path[512], text[32];

	memory_path(path, sizeof(path), name, "");
	if (!memory_has_own_hierarchy) {
		char control[512];

		path_of(control, sizeof(control), "", "cgroup.subtree_control");
		write_to(control, "+memory");
	}
	check(mkdir(path, 0755) == 0, path);
	snprintf(text, sizeof(text), "%ld", limit);
	memory_path(path, sizeof(path), name, memory_has_own_hierarchy ? "memory.limit_in_bytes" : "memory.max");
	write_to(path, text);
	memory_path(path, sizeof(path), name, "cgroup.procs");
	write_to(path, "0");
}

void leave_memory_cgroup(void)
{
	char path[512];

	memory_path(path, sizeof(path), "", "cgroup.procs");
	write_to(path, "0");
}

void remove_memory_cgroup(const char *name)
{
	char path[512];
	int result;

	memory_path(path, sizeof(path), name, "");
	while ((result = rmdir(path)) != 0 && errno == EBUSY)
		usleep(1000);
	check(result == 0, path);
}
