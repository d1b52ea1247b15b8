#!/usr/bin/env bash
# A system of its own in namespaces of its own, which unshare has made: Debian's systemd as its first process, with the
# agent's unit and what that needs, and nothing else. It sees this machine's files and may change none; what is written
# to /etc, /var, /run and /tmp is gone with it.
#
#   inside_systemd.bash UNIT CONFIG TOOL CONSOLE [DROP-IN]
set -euo pipefail

unit=$1 config=$2 tool=$3 console=$4 drop_in=${5-}
units=/run/units

mount --make-rprivate /
mount -t proc proc /proc
mount --bind "$(dirname "$console")" /mnt # the one place that is shared: for the console
mount -o remount,bind,ro /
mount -o remount,bind,ro /sys
mount -t tmpfs tmpfs /run
mkdir -p "$units/tcpblame.service.d" /run/over
cp "$unit" "$units/tcpblame.service"
[[ -z $drop_in ]] || cp "$drop_in" "$units/tcpblame.service.d/"
for each in etc var usr/bin; do
    mkdir -p "/run/over/$each/"{changes,work}
    mount -t overlay -o "lowerdir=/$each,upperdir=/run/over/$each/changes,workdir=/run/over/$each/work" none "/$each"
done
mkdir -p /etc/tcpblame
cp "$config" /etc/tcpblame/agent.toml
cp "$tool" /usr/bin/tcpblame
chmod 755 /usr/bin/tcpblame
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mount --bind "/mnt/$(basename "$console")" /dev/console
umount --recursive --lazy /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup

# Of Debian's own units none is there, so that nothing of this machine's is started, or set, or tidied up.
for each in sysinit basic shutdown; do
    printf '[Unit]\nDefaultDependencies=no\n' > "$units/$each.target"
done
printf '[Unit]\nDefaultDependencies=no\n' > "$units/default.target"
exec env -i PATH="$PATH" LANG=C.UTF-8 container=test SYSTEMD_UNIT_PATH="$units" SYSTEMD_GENERATOR_PATH=/nowhere \
    /lib/systemd/systemd --system --log-target=console
