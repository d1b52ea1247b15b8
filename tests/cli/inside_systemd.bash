#!/usr/bin/env bash
# A system of its own in namespaces of its own, which unshare has made: Debian's systemd as its first process, and none
# of its units. It sees this machine's files and may change none; what is written to
# /etc, /usr, /var, /run and /tmp is gone with it.
#
#   inside_systemd.bash FOLDER    it is /mnt there; console, a file in it, gets what systemd says
set -euo pipefail

mount --make-rprivate /
mount -t proc proc /proc
mount --bind "$1" /mnt # the one place that is shared
mount -o remount,bind,ro / || true # a chroot's is no mount
mount -o remount,bind,ro /sys
mount -t tmpfs tmpfs /run
for each in etc usr var; do
    mkdir -p "/run/over/$each/"{changes,work}
    mount -t overlay -o "lowerdir=/$each,upperdir=/run/over/$each/changes,workdir=/run/over/$each/work" none "/$each"
done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
[[ -e /dev/console ]] || : > /dev/console
mount --bind /mnt/console /dev/console
umount --recursive --lazy /sys/fs/cgroup || true # not everywhere is one
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up

# Nothing of this machine's is to be started, set or tidied up.
mount -t tmpfs tmpfs /etc/systemd/system
mount -t tmpfs tmpfs /usr/lib/systemd/system
for each in sysinit basic shutdown multi-user default; do
    printf '[Unit]\nDefaultDependencies=no\n' > "/usr/lib/systemd/system/$each.target"
done
rm -f /usr/sbin/policy-rc.d # it may forbid to start what is installed
exec env -i PATH="$PATH" LANG=C.UTF-8 container=test SYSTEMD_GENERATOR_PATH=/nowhere \
    /lib/systemd/systemd --system --log-target=console
