#!/usr/bin/env bats
# The systemd unit: Debian's systemd takes it, finds little exposed, and starts it; the agent in its sandbox blames who
# it should.
# bats file_tags=root

load helper
load systemd

PACKAGE=$ROOT/userspace/package
UNIT=$PACKAGE/systemd/tcpblame.service

# Of ten, in tenths. What is left is what it is for: the host's processes, its network, BPF.
EXPOSURE=20

# boot_with [SETTING…]: the unit, with these settings of [Service] on top, and the configuration of the package.
boot_with() {
    boot
    cp "$TCPBLAME" "$UNIT" "$PACKAGE/agent.toml" "$PACKAGE/tcpblame.logrotate" "$SHARED"
    echo 'port = 7001' >> "$SHARED/agent.toml" # it has a bound on lines, and others on this machine make storms
    printf '%s\n' '[Service]' 'StandardError=append:/dev/console' "$@" > "$SHARED/changed.conf"
    inside sh -c 'cd /mnt
        install -D --mode=644 --target-directory=/lib/systemd/system tcpblame.service
        install -D --mode=644 --target-directory=/etc/systemd/system/tcpblame.service.d changed.conf
        install -D --mode=644 --target-directory=/etc/tcpblame agent.toml
        install --mode=755 tcpblame /usr/bin
        systemctl daemon-reload'
}

start_unit() { inside systemctl start tcpblame || give_up "$(what_happened)"; }

setup_file() { make_public_story close_then_write_twice; }
teardown_file() { rm -r "$STORIES"; }

@test "systemd finds nothing wrong with it, and little exposed" {
    boot_with
    run inside systemd-analyze verify --man=no /lib/systemd/system/tcpblame.service
    equal "$output" '' 'what it says'
    equal "$status" 0 'exit code'
    run systemd-analyze security --offline=yes --threshold="$EXPOSURE" --no-pager "$UNIT"
    equal "$status" 0 "$output"
}

# capabilities_of SET STATUS: their names, of a /proc/PID/status.
capabilities_of() { capsh --decode="$(sed -n "s/^$1:[[:space:]]*//p" "$2")" | sed 's/.*=//'; }

@test "in its sandbox it attaches, and says who broke a connection, in which program and function" {
    local status=$BATS_TEST_TMPDIR/status
    boot_with
    start_unit
    equal "$(inside curl -s http://127.0.0.1:9435/healthz)" ok /healthz
    eventually breaks_and_names flusher || give_up "$(cat "$BATS_TEST_TMPDIR/verdict")"
    verdict_has '.cause + " " + .confidence' 'peer-closed observed'
    verdict_has .peer.process.name client
    verdict_has .process.exe "$STORIES/close_then_write_twice"
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
    boot_with
    start_unit
    break_a_connection
    before=$EPOCHREALTIME
    inside systemctl stop tcpblame
    (((${EPOCHREALTIME/./} - ${before/./}) < 1500000)) || give_up "it took from $before to $EPOCHREALTIME"
    equal "$(property Result)" success "$(what_happened)"
    # shellcheck disable=SC2016 # for the inner shell
    contains "$(inside sh -c 'tcpblame report --json /var/lib/tcpblame/ring.*')" '"cause":"peer-closed"'
}

@test "logrotate has it go on in a new file" {
    boot_with
    start_unit
    break_a_connection
    inside sh -c 'install --mode=644 /mnt/tcpblame.logrotate /etc/logrotate.d/tcpblame &&
        logrotate --force --state /run/state /etc/logrotate.d/tcpblame'
    contains "$(inside cat "$LINES.1")" '"type":"verdict"'
    break_a_connection
    lacks "$(inside cat "$LINES.1")" "\"pid\":$SUBJECT,"
    equal "$(property NRestarts)" 0 restarts
}

has_restarted() { [[ $(property NRestarts) == 1 && $(property ActiveState) == active ]]; }

@test "where it hangs, the watchdog starts it again, and nothing of before is lost" {
    boot_with 'WatchdogSec=2' 'RestartSec=0'
    start_unit
    break_a_connection
    inside kill -STOP "$(property MainPID)"
    eventually has_restarted || give_up "$(what_happened)"
    verdict || give_up 'the lines of before are gone'
    break_a_connection
}

@test "a configuration that is wrong is not tried again and again" {
    boot_with
    inside sh -c 'echo prot = 443 > /etc/tcpblame/agent.toml'
    run inside systemctl start tcpblame
    ((status != 0)) || give_up 'it started'
    equal "$(property NRestarts) $(property ActiveState) $(property ExecMainStatus)" '0 failed 2' 'the state'
    contains "$(cat "$SHARED/console")" "there is no option 'prot'"
}
