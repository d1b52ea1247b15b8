#!/usr/bin/env bats
# The ten minutes of tcpblame-fleet(7): its commands one after the other, with the Debian package, under Debian's systemd;
# and what an upgrade and a purge of it leave.
# bats file_tags=root

load helper
load systemd

PAGE=$ROOT/userspace/cli/man/tcpblame-fleet.7.scd

setup_file() {
    cd "$(dirname "${TCPBLAME:-$BATS_TEST_DIRNAME/../../build/tcpblame}")" || return
    cpack -G DEB -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip -B "$BATS_FILE_TMPDIR/made" > "$BATS_FILE_TMPDIR/log" 2>&1 ||
        give_up "$(cat "$BATS_FILE_TMPDIR/log")"
}

# blocks SECTION: its literal blocks, their lines as they are typed, but for what a root without an archive has not.
blocks() {
    awk -v section="# $1" '/^# / { inside = $0 == section } inside && /^```/ { literal = !literal; next } inside && literal' \
        "$PAGE" | sed -E 's/(^|\| )sudo /\1/; s/^apt install .*/dpkg --no-triggers --install \/mnt\/tcpblame.deb/'
}

boot_with_package() {
    boot
    cp "$BATS_FILE_TMPDIR"/made/*.deb "$SHARED/tcpblame.deb"
}

follow() { inside bash -exc "$1" > "$SHARED/printed" 2>&1 || give_up "$(cat "$SHARED/printed")" "$(what_happened)"; }

@test "man renders the page without a warning" {
    run --separate-stderr man --warnings -P cat -l "$(dirname "$TCPBLAME")/tcpblame-fleet.7"
    equal "$status" 0 'exit code'
    equal "$stderr" '' warnings
    contains "$output" 'WHAT IT MAY DO'
}

@test "one node: install, enable, break a connection, see who did it" {
    local installing breaking
    boot_with_package
    installing=$(blocks 'ONE NODE' | sed '/^python3/,$d')
    breaking=$(blocks 'ONE NODE' | sed -n '/^python3/,/^except/p')
    follow "$installing"
    contains "$(cat "$SHARED/printed")" 'Active: active (running)'
    equal "$(inside systemctl is-enabled tcpblame)" enabled 'after enable'
    follow "$breaking"
    contains "$(cat "$SHARED/printed")" 'Broken pipe'
    sleep 1 # the recording is written twice a second
    follow "$(blocks 'ONE NODE' | sed -E '1,/^except/d; s/^sh -c .*report.*/& || test $? = 5/')"
    contains "$(cat "$SHARED/printed")" 'closed first; our next write was answered with a RST'
    contains "$(cat "$SHARED/printed")" 'SIGPIPE ignored by python3'
    # It sees the whole machine: others may break as many.
    grep -E '^tcpblame_failed_writes_total\{cause="peer-closed",error="EPIPE",disposition="ignored"\} [1-9]' "$SHARED/printed"
}

@test "what the page has Prometheus read, that takes, with the package's rules" {
    boot_with_package
    follow 'dpkg --no-triggers --install /mnt/tcpblame.deb'
    blocks ALERTS > "$SHARED/prometheus.yml"
    follow 'promtool check config /mnt/prometheus.yml'
    contains "$(cat "$SHARED/printed")" '4 rules found'
}

# The package as 0.1.0, which is what an upgrade comes from.
make_older() {
    local files=$BATS_TEST_TMPDIR/older
    dpkg-deb -R "$SHARED/tcpblame.deb" "$files"
    sed -i 's/^Version: .*/Version: 0.1.0/' "$files/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip -b "$files" "$SHARED/older.deb" > /dev/null
}

@test "an upgrade from 0.1.0 keeps a configuration that was changed, and starts a running agent anew" {
    local before
    boot_with_package
    make_older
    follow 'dpkg --no-triggers --install /mnt/older.deb
        ! systemctl is-active tcpblame
        ! systemctl is-enabled tcpblame
        echo "heartbeat = 1" >> /etc/tcpblame/agent.toml
        systemctl start tcpblame'
    before=$(property MainPID)
    follow 'dpkg --no-triggers --install /mnt/tcpblame.deb < /dev/null'
    contains "$(inside tail -1 /etc/tcpblame/agent.toml)" 'heartbeat = 1'
    [[ $(property MainPID) != "$before" && $(property ActiveState) == active ]] || give_up "$(what_happened)"
    # shellcheck disable=SC2016 # dpkg's
    equal "tcpblame $(inside dpkg-query -W -f '${Version}' tcpblame)" "$("$TCPBLAME" --version)" version
}

@test "removing it ends the agent, and purging leaves nothing" {
    boot_with_package
    follow 'dpkg --no-triggers --install /mnt/tcpblame.deb
        systemctl enable --now tcpblame
        dpkg --no-triggers --remove tcpblame
        test -s /var/lib/tcpblame/ring.1 && test -s /etc/tcpblame/agent.toml
        ! pgrep -x tcpblame
        dpkg --no-triggers --purge tcpblame
        ! find /etc /var /usr -xdev -name "*tcpblame*" | grep .'
}
