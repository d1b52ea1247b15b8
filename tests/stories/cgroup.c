#include "cgroup.h"

#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
