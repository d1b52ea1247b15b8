#!/usr/bin/env bats
# The systemd unit: Debian's systemd takes it, finds little exposed, and starts it; the agent in its sandbox blames who
# it should.
# bats file_tags=root

load helper

PACKAGE=$ROOT/userspace/package
UNIT=$PACKAGE/systemd/tcpblame.service

# Of ten, in tenths. What is left is what it is for: the host's processes, its network, BPF.
EXPOSURE=20

# boot [SETTING…]: systemd in a system of its own, with this unit and these settings of [Service] on top. INIT is its
# process, $CONSOLE what it and the unit say.
boot() {
    local drop_in=$BATS_TEST_TMPDIR/changed.conf mount
    CONSOLE=$BATS_TEST_TMPDIR/shared/console
    mkdir "${CONSOLE%/*}"
    : > "$CONSOLE"
    printf '%s\n' '[Service]' 'StandardError=append:/dev/console' "$@" > "$drop_in"
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
    GROUP=$mount/tcpblame-test-$$-$BATS_TEST_NUMBER
    mkdir "$GROUP"
    METRICS=$(free_port)
    sed "s/^metrics = .*/metrics = $METRICS/" "$PACKAGE/agent.toml" > "$BATS_TEST_TMPDIR/agent.toml"
    # shellcheck disable=SC2016 # for the inner shell
    sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$GROUP" \
        unshare --mount --pid --fork --kill-child --uts --ipc --cgroup "$BASH" "$ROOT/tests/cli/inside_systemd.bash" \
        "$UNIT" "$BATS_TEST_TMPDIR/agent.toml" "$TCPBLAME" "$CONSOLE" "$drop_in" \
        < /dev/null > "$BATS_TEST_TMPDIR/boot" 2>&1 3>&- &
    CHILDREN+=($!)
    BOOTED=$!
    eventually is_booted || give_up "$(cat "$BATS_TEST_TMPDIR/boot" "$CONSOLE")"
}

is_booted() {
    INIT=$(pgrep -P "$BOOTED" -x systemd) && inside systemctl is-active default.target > "$BATS_TEST_TMPDIR/state" 2>&1
}

inside() { nsenter --target "$INIT" --mount --pid --uts --ipc "$@"; }

remove_group() { eventually find "$GROUP" -depth -type d -exec rmdir {} + 2> /dev/null; }

what_happened() { cat "$CONSOLE"; inside systemctl status --no-pager --full tcpblame 2>&1; }

# property NAME: of the unit, as systemd has it.
property() { inside systemctl show --property "$1" --value tcpblame; }

start_unit() { timeout "$PATIENCE" nsenter --target "$INIT" --mount --pid --uts --ipc systemctl start tcpblame ||
    give_up "$(what_happened)"; }

@test "systemd finds nothing wrong with it, and little exposed" {
    boot
    run inside systemd-analyze verify --man=no /run/units/tcpblame.service
    equal "$output" '' 'what it says'
    equal "$status" 0 'exit code'
    run systemd-analyze security --offline=yes --threshold="$EXPOSURE" --no-pager "$UNIT"
    equal "$status" 0 "$output"
}

LINES=/var/log/tcpblame/tcpblame.ndjson

# Of the story, as others on this machine break their connections, too: the verdict, one line.
verdict() {
    inside cat "$LINES" | jq -c "select(.type == \"verdict\" and .process.pid == $SUBJECT)" > "$BATS_TEST_TMPDIR/verdict" &&
        [[ -s $BATS_TEST_TMPDIR/verdict ]]
}

verdict_has() { equal "$(jq -r "$1" "$BATS_TEST_TMPDIR/verdict")" "$2" "$1"; }

break_a_connection() {
    start_story nsenter --target "$INIT" --pid --mount "$STORIES/close_then_write_twice" --port "$(free_port)"
    report_story
    eventually verdict || give_up "$(what_happened)"
    rm "$BATS_TEST_TMPDIR/story.in"
}

# bits_of NAME: a set of the unit's process's capabilities, by their names.
capabilities_of() { capsh --decode="$(sed -n "s/^$1:[[:space:]]*//p" "$2")" | sed 's/.*=//'; }

@test "in its sandbox it attaches, and says who broke a connection, in which program and function" {
    local status=$BATS_TEST_TMPDIR/status
    boot
    start_unit
    equal "$(curl -s --max-time 5 "http://127.0.0.1:$METRICS/healthz")" ok /healthz
    break_a_connection
    verdict_has '.cause + " " + .confidence' 'peer-closed observed'
    verdict_has .peer.process.name client
    verdict_has .process.exe "$STORIES/close_then_write_twice"
    verdict_has '[.stack[] | select(.function == "flusher")] | length' 1
    inside cat "/proc/$(property MainPID)/status" > "$status"
    equal "$(capabilities_of CapPrm "$status")" cap_sys_ptrace 'what it keeps'
    equal "$(capabilities_of CapBnd "$status")" cap_sys_ptrace,cap_perfmon,cap_bpf 'what it could ever have'
    contains "$(cat "$status")" $'NoNewPrivs:\t1'
    contains "$(cat "$status")" $'Seccomp:\t2'
    lacks "$(cat "$status")" $'Uid:\t0'
    equal "$(inside stat -c '%a %F' /var/lib/tcpblame/ring.1)" '600 regular file' 'the recording'
}

@test "it ends within a second, and what it has recorded can be reported" {
    local before
    boot
    start_unit
    break_a_connection
    before=$EPOCHREALTIME
    inside systemctl stop tcpblame
    (((${EPOCHREALTIME/./} - ${before/./}) < 1500000)) || give_up "it took from $before to $EPOCHREALTIME"
    equal "$(property Result)" success "$(what_happened)"
    # shellcheck disable=SC2016 # for the inner shell
    contains "$(inside sh -c 'tcpblame report --json /var/lib/tcpblame/ring.*')" '"cause":"peer-closed"'
}

is_in_new_file() { inside test -s "$LINES" && verdict; }

@test "logrotate has it go on in a new file" {
    boot
    start_unit
    break_a_connection
    cp "$PACKAGE/tcpblame.logrotate" "${CONSOLE%/*}/logrotate"
    # It takes no file that others could change; this machine's /tmp may be anybody's.
    inside sh -c 'cp /mnt/logrotate /run/logrotate && logrotate --force --state /run/state /run/logrotate'
    contains "$(inside cat "$LINES.1")" '"type":"verdict"'
    break_a_connection
    lacks "$(inside cat "$LINES.1")" "\"pid\":$SUBJECT,"
    equal "$(property NRestarts)" 0 restarts
}

has_restarted() { [[ $(property NRestarts) == 1 && $(property ActiveState) == active ]]; }

@test "where it hangs, the watchdog starts it again, and nothing of before is lost" {
    boot 'WatchdogSec=2' 'RestartSec=0'
    start_unit
    break_a_connection
    inside kill -STOP "$(property MainPID)"
    eventually has_restarted || give_up "$(what_happened)"
    verdict || give_up 'the lines of before are gone'
    break_a_connection
}

@test "a configuration that is wrong is not tried again and again" {
    boot
    inside sh -c 'echo prot = 443 > /etc/tcpblame/agent.toml'
    run inside systemctl start tcpblame
    ((status != 0)) || give_up 'it started'
    equal "$(property NRestarts) $(property ActiveState) $(property ExecMainStatus)" '0 failed 2' 'the state'
    contains "$(cat "$CONSOLE")" "there is no option 'prot'"
}
