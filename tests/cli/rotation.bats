#!/usr/bin/env bats
# A recording around a ring of files: together they report what was reported live, and each can be reported alone.
# bats file_tags=root

load helper

# A connection that is there before the tool attaches, and breaks some files later.
start_old_connection() {
    PORT=$(free_port)
    start_story "$STORIES/attached_late" --port "$PORT"
}

start_recording() {
    RECORDING=$BATS_TEST_TMPDIR/night
    start_tool "$@" -P "$PORT" -w "$RECORDING"
}

stop_tool() {
    kill -INT "$TOOL"
    await_tool
    # shellcheck disable=SC2153 # await_tool sets it
    equal "$CODE" 0 'exit code'
}

has_begun() { (($(stat -c %s "$RECORDING.$1") > 100)); }

# The number of the file that has the failed write.
file_of_verdict() {
    local number
    for number in 1 2 3 4 5 6 7 8 9; do
        ! has_begun "$number" || ! "$TCPBLAME" report -j "$RECORDING.$number" 2> /dev/null |
            grep -q '"type":"verdict"' || echo "$number"
    done
}

@test "all files together report what was reported live, byte for byte, in whatever order they are named" {
    start_old_connection
    start_recording -j --max-age 0.4 --max-files 30
    eventually has_begun 4
    report_story
    eventually grep -q '"type":"verdict"' "$OUT"
    eventually has_begun 8
    stop_tool
    local files=("$RECORDING".*) # by name: .1, .10, .11 …
    "$TCPBLAME" report -j "${files[@]}" > "$BATS_TEST_TMPDIR/reported"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
}

@test "a later file alone reports a connection that is older than it" {
    start_old_connection
    start_recording -j --max-age 0.4 --max-files 9
    eventually has_begun 3
    report_story
    eventually grep -q '"type":"verdict"' "$OUT"
    eventually has_begun 6
    stop_tool
    local number
    number=$(file_of_verdict | head -1)
    ((number >= 3)) || give_up "the verdict is in file $number"
    "$TCPBLAME" report -j "$RECORDING.$number" 2> "$ERR" | grep '"type":"verdict"' > "$BATS_TEST_TMPDIR/alone"
    grep '"type":"verdict"' "$OUT" > "$BATS_TEST_TMPDIR/live"
    cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/alone"
    contains "$(cat "$ERR")" 'this recording began earlier'
}

@test "the oldest file is overwritten, and what is left reports all that it has" {
    start_old_connection
    start_recording record --max-age 0.3 --max-files 3
    # The first file, written again, begins with the facts that it repeats.
    sleep 2.5
    report_story
    sleep 0.3
    stop_tool
    run_tool report -j "$RECORDING".{1,2,3}
    equal "$status" 0 'exit code'
    equal "$(grep -c '"type":"verdict"' <<< "$output")" 1 verdicts
    contains "$stderr" 'this recording began earlier'
    contains "$output" '"reason":"interrupted"'
}

@test "a file whose turn did not come is no damage" {
    start_old_connection
    start_recording record --max-size 1M --max-files 4
    report_story
    sleep 0.3
    stop_tool
    run_tool report -j "$RECORDING".*
    equal "$status" 0 'exit code'
    equal "$(grep -c '"type":"verdict"' <<< "$output")" 1 verdicts
    refused_as 5 'holds nothing' report "$RECORDING.4"
}

# Kills the tool as the out-of-memory killer would, and starts it again by the same command, as a unit with
# Restart=always does.
restart_recording() {
    sleep 1 # else it has nothing of its own
    kill -KILL "$TOOL"
    wait "$TOOL" || true
    start_recording record --max-size 1M --max-files 3
}

# verdicts_in FILE…: how many failed writes these files report.
verdicts_in() { "$TCPBLAME" report -j "$@" 2> /dev/null | grep -c '"type":"verdict"' || true; }

has_verdict() { [[ $(verdicts_in "$1") == 1 ]]; }

@test "a recorder that is killed and started again keeps what it had" {
    start_old_connection
    start_recording record --max-size 1M --max-files 3
    report_story
    eventually has_verdict "$RECORDING.1"
    restart_recording
    equal "$(verdicts_in "$RECORDING.1")" 1 'verdicts of the run before'
    contains "$(cat "$ERR")" "$RECORDING.* hold recordings already: this one goes on in $RECORDING.2"
    restart_recording
    equal "$(verdicts_in "$RECORDING".*)" 1 'verdicts of all runs'
    sleep 1
    stop_tool
    # Each has one now: the oldest is the first to go.
    start_recording record --max-size 1M --max-files 3
    contains "$(cat "$ERR")" "goes on in $RECORDING.1"
    equal "$(verdicts_in "$RECORDING".*)" 0 verdicts
    stop_tool
    start_recording record --max-size 1M --max-files 3 --overwrite
    lacks "$(cat "$ERR")" 'goes on in'
    stop_tool
    has_begun 1
    run ! has_begun 2
}

@test "a gap between the files is named" {
    start_old_connection
    start_recording record --max-age 0.2 --max-files 9
    eventually has_begun 5
    stop_tool
    refused_as 2 'a file of the recording is missing' report "$RECORDING".{1,2,4}
}

@test "a file that grows too long is followed by the next" {
    PORT=$(free_port)
    RECORDING=$BATS_TEST_TMPDIR/night
    start_tool record -P "$PORT" -w "$RECORDING" --max-size 1M --max-files 3
    "$ROOT/build/bench/reset_storm" --port "$PORT" --seconds 8 --rate 8000
    stop_tool
    has_begun 2 || give_up "there is one file: $(ls -l "$RECORDING".*)"
    # What comes in one go is not torn apart: half a second of it, and what is repeated.
    local number
    for number in 1 2 3; do
        (($(stat -c %s "$RECORDING.$number") < 3 * 1024 * 1024)) || give_up "$(ls -l "$RECORDING".*)"
    done
    run_tool report -j "$RECORDING".* --output "$BATS_TEST_TMPDIR/reported"
    equal "$status" 0 'exit code'
}

@test "what cannot be is refused" {
    refused_as 2 '--max-files needs --max-size or --max-age' record -w "$BATS_TEST_TMPDIR/x" --max-files 3
    refused_as 2 '--max-size needs --write' -P 1 --max-size 1M
    refused_as 2 '--max-age needs --write' record -w - --max-age 1
    refused_as 2 "invalid --max-size '10'" record -w "$BATS_TEST_TMPDIR/x" --max-size 10
    refused_as 2 "invalid --max-size '1T'" record -w "$BATS_TEST_TMPDIR/x" --max-size 1T
    refused_as 2 "invalid --max-files '1'" record -w "$BATS_TEST_TMPDIR/x" --max-size 1M --max-files 1
    refused_as 2 "invalid --ring '12K'" -P 1 --ring 12K
}
