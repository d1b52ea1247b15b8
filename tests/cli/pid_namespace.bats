#!/usr/bin/env bats
# From within a pid namespace, where the processes that it reports have no pid.
# bats file_tags=root

load helper

# watch_from_within ARGUMENT…: reports one failed write on $PORT.
watch_from_within() {
    PORT=$(free_port)
    rm -f "$BATS_TEST_TMPDIR"/story.*
    start_story "$STORIES/$STORY_NAME" --port "$PORT"
    RUN_BY=(unshare --pid --fork "${MOUNT_PROC---mount-proc}")
    start_tool "$@" -P "$PORT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
}

has_no_pid() {
    contains "$1" EPIPE # else it reports nothing
    if [[ $1 =~ (pid|thread|\[)\ ?0(\]|[^-0-9.]) ]]; then give_up "it reports a pid 0: $1"; fi
}

@test "a pid that is not known is in no output, and it is said that there is none" {
    local format
    for STORY_NAME in close_then_write_twice own_shutdown_then_write; do
        for format in '' -v --wide; do
            # shellcheck disable=SC2086 # no word where there is none
            watch_from_within $format
            has_no_pid "$(cat "$OUT")"
            contains "$(cat "$ERR")" 'processes outside of this pid namespace are named without their pid'
            contains "$(cat "$ERR")" 'docker and podman: --pid host'
            equal "$(grep -vc '^tcpblame: ' "$ERR")" 0 'lines on standard error that are not its own'
        done
    done
}

@test "JSON has names without pids, and says why; so has a report of the recording" {
    STORY_NAME=close_then_write_twice
    watch_from_within -j -w "$BATS_TEST_TMPDIR/recording"
    equal "$(jq -r 'select(.type == "start") | .limits | join(" ")' "$OUT")" pid-namespace limits
    equal "$(jq -r 'select(.type == "verdict") | [.process, .peer.process] | map(.name, .pid // "none") | join(" ")' "$OUT")" \
        'orders-api none client none' 'the processes'
    equal "$(jq -r 'select(.type == "verdict") | .process.own_pid' "$OUT")" "$SUBJECT" 'the pid in its own namespace'
    lacks "$(jq -r .summary "$OUT")" 'pid'
    equal "$(cat "$ERR")" '' 'standard error'
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/recording" > "$BATS_TEST_TMPDIR/reported"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
    run_tool report "$BATS_TEST_TMPDIR/recording"
    contains "$stderr" 'processes outside of this pid namespace are named without their pid'
    has_no_pid "$output"
    run_tool report --html "$BATS_TEST_TMPDIR/page" "$BATS_TEST_TMPDIR/recording"
    local lines
    lines=$(/usr/bin/python3 -B "$BATS_TEST_DIRNAME/../page/packed.py" "$BATS_TEST_TMPDIR/page")
    contains "$lines" '"type":"verdict"'
    lacks "$lines" '"pid":0'
}

@test "a /proc of another pid namespace is said" {
    STORY_NAME=close_then_write_twice
    MOUNT_PROC=--mount # what is mounted stays as it was
    watch_from_within
    contains "$(cat "$ERR")" '/proc is that of another pid namespace'
}

@test "where every process has a pid, nothing is said" {
    start_tool -j -P 1
    kill -INT "$TOOL"
    await_tool
    lacks "$(cat "$OUT")" limits
    run_tool -P 1 -d 0.1
    lacks "$stderr" namespace
}
