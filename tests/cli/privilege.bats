#!/usr/bin/env bats
# Which privilege and which kernel the tool needs, and what it says where they are missing.
# bats file_tags=root

load helper


setup_file() { make_public; }

teardown_file() { rm -rf "$PUBLIC"; }

# as_nobody CAPABILITIES COMMAND…: capabilities as "+bpf,+perfmon", or "" for none.
as_nobody() {
    local capabilities="-all${1:+,$1}"
    shift
    setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups --inh-caps="$capabilities" \
        --ambient-caps="$capabilities" "$@"
}

nobody_reports() {
    cd /
    run --separate-stderr as_nobody "$1" timeout "$PATIENCE" "$PUBLIC/tcpblame" "${@:2}"
}

@test "without any privilege: 3, and what to do" {
    nobody_reports '' -d 1
    is_refusal 3 'missing capability CAP_BPF'
    contains "$stderr" "uid $NOBODY"
}

@test "of two capabilities the missing one is named" {
    nobody_reports +bpf -d 1
    is_refusal 3 'missing capability CAP_PERFMON'
    nobody_reports +perfmon -d 1
    is_refusal 3 'missing capability CAP_BPF'
}

@test "doctor says what is missing, and what can be reported of the machine all the same" {
    nobody_reports +bpf doctor
    equal "$status" 3 'exit code'
    contains "$stderr" 'missing capability CAP_PERFMON'
    contains "$output" "kernel                   $(uname -r)"
    contains "$output" '/sys/kernel/btf/vmlinux'
    contains "$output" 'not CAP_PERFMON: attaching'
    contains "$output" 'not CAP_SYS_PTRACE: '
    lacks "$output" 'not CAP_BPF: '
    contains "$output" 'nothing is attached      missing capability CAP_PERFMON'
    nobody_reports +bpf doctor -j
    contains "$output" '"cannot_attach":"missing capability CAP_PERFMON"'
}

@test "a missing privilege leaves the output file as it was" {
    echo kept > "$PUBLIC/file"
    chown "$NOBODY" "$PUBLIC/file"
    nobody_reports '' -d 1 --output "$PUBLIC/file"
    is_refusal 3 'missing capability'
    equal "$(cat "$PUBLIC/file")" kept 'the file'
}

@test "help, version and usage need no privilege" {
    nobody_reports '' --help
    equal "$status" 0 'exit code'
    nobody_reports '' -P 0
    is_refusal 2 'it takes a port'
    nobody_reports '' -P "$(seq -s, 17)"
    is_refusal 2 'too many ports'
}

@test "CAP_BPF and CAP_PERFMON are enough, for anybody" {
    cd /
    start_story as_nobody '' "$PUBLIC/pipe" --port 1
    RUN_BY=(setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups)
    RUN_BY+=('--inh-caps=-all,+bpf,+perfmon' '--ambient-caps=-all,+bpf,+perfmon')
    TOOL_FILE=$PUBLIC/tcpblame
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    contains "$(cat "$OUT")" '"cause":"pipe-reader-gone"'
}

@test "they are enough for the connections that are open already, too" {
    nobody_reports +bpf,+perfmon -j -d 0.2
    equal "$status" 0 'exit code'
    contains "$output" '"open_connections":'
}

# report_without FOLDER… -- [TOOL ARGUMENT…]: the folders are empty, as in a container; for the tool only.
report_without() {
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr timeout "$PATIENCE" unshare --mount bash -c '
        for (( ; $# > 0; )); do
            [[ $1 != -- ]] || break
            [[ ! -d $1 ]] || mount -t tmpfs none "$1" || exit
            shift
        done
        shift
        exec "$TCPBLAME" "$@"' - "$@"
}

@test "a kernel without BTF: 4, and what to do" {
    report_without /sys/kernel/btf -- -d 1
    is_refusal 4 'no BTF'
    contains "$stderr" CONFIG_DEBUG_INFO_BTF
}

# outside_a_container COMMAND…: in a root without the marks of one, which this machine may have.
outside_a_container() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount sh -c '
        root=$1
        shift
        for each in /*; do
            if [ -L "$each" ]; then
                cp -a "$each" "$root$each"
            elif [ -d "$each" ] && [ "$each" != /run ]; then
                mkdir "$root$each" && mount --rbind "$each" "$root$each" || exit
            fi
        done
        exec chroot "$root" "$@"' - "$(mktemp -d -p "$BATS_TEST_TMPDIR")" "$@"
}

# granted_by WORDS ENVIRONMENT…: where a capability is missing these words say how to grant it.
granted_by() {
    local words=$1
    shift
    run --separate-stderr outside_a_container env -u KUBERNETES_SERVICE_HOST "$@" setpriv \
        --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin timeout "$PATIENCE" "$TCPBLAME" -d 1
    is_refusal 3 'missing capability CAP_BPF'
    contains "$stderr" 'uid 0'
    contains "$stderr" "$words"
}

@test "where a capability is missing, what grants it is said as the place has it" {
    granted_by 'sudo tcpblame'
    granted_by 'capabilities: {add: [BPF, PERFMON, SYS_PTRACE]}' KUBERNETES_SERVICE_HOST=10.0.0.1
    # A variable that is another's, as a terminal below a user's systemd has it.
    granted_by 'sudo tcpblame' SYSTEMD_EXEC_PID=1
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr outside_a_container setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin \
        sh -c 'SYSTEMD_EXEC_PID=$$ exec "$TCPBLAME" -d 1'
    is_refusal 3 'missing capability CAP_BPF'
    contains "$stderr" 'AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_SYS_PTRACE'
}

# in_container COMMAND…: what podman leaves of itself is there, for that command only.
in_container() {
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr env -u KUBERNETES_SERVICE_HOST timeout "$PATIENCE" unshare --mount sh -c '
        mount -t tmpfs none /run && touch /run/.containerenv && exec "$@"' - "$@"
}

@test "in a container docker's line is said, for a capability and for the BTF" {
    in_container setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-perfmon,-sys_admin "$TCPBLAME" -d 1
    is_refusal 3 'missing capability CAP_PERFMON'
    contains "$stderr" '--cap-add BPF --cap-add PERFMON'
    # shellcheck disable=SC2016 # for the inner shell
    in_container sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$TCPBLAME" -d 1'
    is_refusal 4 'no BTF'
    contains "$stderr" '-v /sys/kernel/btf:/sys/kernel/btf:ro'
}

@test "no tracefs, debugfs or bpffs is needed" {
    report_without /sys/kernel/debug /sys/kernel/tracing /sys/fs/bpf -- -j -d 0.2
    equal "$status" 0 'exit code'
    contains "$output" '"type":"start"'
}

@test "a kprobe without root: it attaches, or 3, and what would permit it" {
    # Refused where sysctl kernel.perf_event_paranoid is Debian's 3, or perf has no kprobes: then tracefs is root's, who
    # alone sees whether it has any; and without that there are none.
    nobody_reports +bpf,+perfmon -j --hook write-failure=kprobe -d 0.2
    if ((status == 0)); then
        contains "$output" '"type":"start"'
    elif [[ ! -e /sys/bus/event_source/devices/kprobe && ! -e /sys/kernel/tracing/events \
        && ! -e /sys/kernel/debug/tracing/events ]]; then
        is_refusal 4 'cannot attach to kprobe/sk_stream_error'
    else
        is_refusal 3 'cannot attach to kprobe/sk_stream_error'
        contains "$stderr" kernel.perf_event_paranoid
    fi
}
