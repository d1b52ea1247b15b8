#!/usr/bin/env bats
# A recording, made now and reported later: the same as was reported live, by anybody, and whatever happened to it.
# bats file_tags=root

load helper

# Another story in the same test.
next_story() {
    rm -f "$BATS_TEST_TMPDIR"/story.in "$BATS_TEST_TMPDIR"/story.out
    start_story "$@"
}

start_writes() {
    PORT=$(free_port)
    next_story "$STORIES/close_then_write_twice" --port "$PORT"
}

# start_recording ARGUMENT…: the tool watches, and records into $RECORDING.
start_recording() {
    RECORDING=$BATS_TEST_TMPDIR/recording
    start_tool "$@" -w "$RECORDING"
}

report() { run_tool report "$@"; }

# reported CODE [ARGUMENT…]: report ends so, and what it prints begins as JSON lines.
reported() {
    local code=$1
    shift
    report -j "$@"
    equal "$status" "$code" "exit code of report $*"
    contains "${lines[0]}" '"type":"start"'
    contains "${lines[-1]}" '"type":"end"'
    speaks_for_itself
}

# verdicts_of PID: how many failed writes of it the last report reported.
verdicts_of() { grep '"type":"verdict"' <<< "$output" | grep -c "\"process\":{\"pid\":$1," || true; }

# A recording of one failed write, reported already when the tool ends; SUBJECT wrote.
record_writes() {
    start_writes
    start_recording record -P "$PORT"
    report_story
    sleep 0.3
    stop_tool
}

# ── What it reports ───────────────────────────────────────────────────────────────────────────────

@test "report reports in JSON what was reported live, byte for byte" {
    # Its functions are named if it can be looked at before the SIGPIPE has killed it: on a busy machine not each time.
    for _ in 1 2 3 4 5; do
        start_writes
        start_recording -j -P "$PORT"
        report_story
        eventually grep -q '"type":"verdict"' "$OUT"
        stop_tool
        "$TCPBLAME" report -j "$RECORDING" > "$BATS_TEST_TMPDIR/reported"
        cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
        ! grep -q '"function":"hand_over"' "$OUT" || return 0
        rm "$RECORDING"
    done
    give_up "never with a function's name, which would be little: $(cat "$OUT")"
}

@test "report reports to a person what was reported live, byte for byte" {
    local flags
    for flags in '' '-v -t'; do
        start_writes
        # shellcheck disable=SC2086 # flags
        start_recording trace $flags -P "$PORT" --all --overwrite --output "$BATS_TEST_TMPDIR/live"
        report_story
        eventually grep -q 'SIGPIPE killed' "$BATS_TEST_TMPDIR/live"
        stop_tool
        # shellcheck disable=SC2086 # flags
        report $flags "$RECORDING" --overwrite --output "$BATS_TEST_TMPDIR/reported"
        equal "$status" 0 'exit code'
        cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/reported"
    done
}

@test "many broken connections are reported the same, too" {
    PORT=$(free_port)
    next_story "$STORIES/many_at_once" --port "$PORT"
    start_recording -P "$PORT" --output "$BATS_TEST_TMPDIR/live"
    report_story
    sleep 1.5
    stop_tool
    report "$RECORDING" --output "$BATS_TEST_TMPDIR/reported"
    equal "$status" 0 'exit code'
    cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/reported"
    contains "$(cat "$BATS_TEST_TMPDIR/reported")" peer-aborted
}

@test "a close that left something unanswered is reported the same, where it was asked for" {
    PORT=$(free_port)
    next_story "$STORIES/unanswered" --port "$PORT" --request left
    start_recording -P "$PORT" --unanswered --output "$BATS_TEST_TMPDIR/live"
    report_story
    sleep 1.5
    stop_tool
    report "$RECORDING" --output "$BATS_TEST_TMPDIR/reported"
    equal "$status" 0 'exit code'
    cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/reported"
    contains "$(cat "$BATS_TEST_TMPDIR/reported")" 'without answering'
}

@test "a run that ended by --count is reported the same" {
    start_writes
    start_recording -j -P "$PORT" --count 1
    report_story
    await_tool
    "$TCPBLAME" report -j "$RECORDING" > "$BATS_TEST_TMPDIR/reported"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
    contains "$(tail -1 "$OUT")" '"reason":"count"'
}

@test "record prints nothing, and says how to see what it has" {
    record_writes
    equal "$(cat "$OUT")" '' 'standard output'
    contains "$(cat "$ERR")" "tcpblame: recording port $PORT into $RECORDING; Ctrl-C ends"
    contains "$(cat "$ERR")" 'tcpblame: recorded 1 failed write, 0 other broken connections, 0 lost events'
    contains "$(cat "$ERR")" "to see them: tcpblame report $RECORDING"
    report "$RECORDING"
    equal "$status" 0 'exit code'
    contains "$output" 'SIGPIPE killed'
    contains "$stderr" "recorded on $(uname -n), Linux $(uname -r) $(uname -m), watching port $PORT"
}

@test "anybody may report a recording that is his" {
    record_writes
    HOME_OF_NOBODY=$(mktemp -d /tmp/tcpblame-test-XXXXXX)
    install -o 65534 -g 65534 -m 0600 "$RECORDING" "$HOME_OF_NOBODY/recording"
    install -m 0755 "$TCPBLAME" "$HOME_OF_NOBODY/tcpblame"
    chmod 0755 "$HOME_OF_NOBODY"
    run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --no-new-privs \
        "$HOME_OF_NOBODY/tcpblame" report -j "$HOME_OF_NOBODY/recording"
    rm -r "$HOME_OF_NOBODY"
    equal "$status" 0 'exit code'
    equal "$output" "$("$TCPBLAME" report -j "$RECORDING")" 'what nobody is reported'
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
}

@test "a recording is for its owner alone" {
    record_writes
    equal "$(stat -c %a "$RECORDING")" 600 mode
}

# ── Through a pipe ──────────────────────────────────────────────────────────────────────────────

@test "a recording goes through a pipe, and is reported as it comes" {
    local reported=$BATS_TEST_TMPDIR/reported reporter
    OUT=$BATS_TEST_TMPDIR/pipe
    mkfifo "$OUT"
    "$TCPBLAME" report -j - < "$OUT" > "$reported" 3>&- &
    reporter=$!
    CHILDREN+=("$reporter")
    start_writes
    env --default-signal=INT "$TCPBLAME" record -w - -P "$PORT" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually grep -q '^tcpblame: recording .* into standard output' "$ERR"
    report_story
    eventually grep -q '"type":"verdict"' "$reported" || give_up 'it is not reported before the recording ends'
    stop_tool
    lacks "$(cat "$ERR")" 'tcpblame report' # of what?
    wait "$reporter"
    contains "$(tail -1 "$reported")" '"reason":"interrupted"'
}

@test "a reader of a recording that has gone is no error" {
    run --separate-stderr timeout "$PATIENCE" bash -c "set -o pipefail; '$TCPBLAME' record -w - -d 600 | head -c 8"
    equal "$status" 0 'exit code'
    equal "$output" tcpblame 'the beginning'
    speaks_for_itself
}

@test "a reader of a report that has gone is no error" {
    record_writes
    run --separate-stderr bash -c "set -o pipefail; '$TCPBLAME' report -j '$RECORDING' | true"
    equal "$status" 0 'exit code'
    equal "$stderr" '' 'standard error'
}

@test "a file that has something in it is not emptied unasked" {
    local file=$BATS_TEST_TMPDIR/file how
    for how in "record -w $file" "-w $file" "-o $file" "-j -o $file"; do
        echo kept > "$file"
        # shellcheck disable=SC2086 # words
        refused_as 1 "$file is there already, and not empty: what is in it would be lost" $how -d 0.1
        contains "$stderr" 'give --overwrite to replace it'
        equal "$(cat "$file")" kept 'the file'
        # shellcheck disable=SC2086 # words
        run_tool $how -d 0.1 --overwrite
        equal "$status" 0 "$how --overwrite"
        lacks "$(head -1 "$file" | tr -d '\0')" kept
    done
    RECORDING=$BATS_TEST_TMPDIR/recording
    run_tool record -w "$RECORDING" -d 0.1
    echo kept > "$file"
    for how in -o --html --perfetto; do
        refused_as 1 "$file is there already" report "$RECORDING" "$how" "$file"
        equal "$(cat "$file")" kept 'the file'
    done
    run_tool report --overwrite "$RECORDING" --html "$file"
    contains "$(cat "$file")" '<html'
}

@test "what cannot hold anything is written to each time: a device, a pipe, an empty file" {
    local pipe=$BATS_TEST_TMPDIR/fifo
    mkfifo "$pipe"
    : > "$BATS_TEST_TMPDIR/empty"
    run_tool record -w "$BATS_TEST_TMPDIR/empty" -d 0.1
    equal "$status" 0 'an empty file'
    for _ in 1 2; do
        run_tool record -w /dev/null -d 0.1
        equal "$status" 0 /dev/null
        cat "$pipe" > "$BATS_TEST_TMPDIR/through" 3>&- &
        CHILDREN+=("$!")
        run_tool record -w "$pipe" -d 0.1
        equal "$status" 0 'a FIFO'
        eventually test -s "$BATS_TEST_TMPDIR/through"
    done
}

@test "a recording is not put on a terminal" {
    local file
    for file in - /dev/tty; do
        run timeout "$PATIENCE" script --quiet --return --command "'$TCPBLAME' record -w $file -d 1" /dev/null \
            < /dev/null
        equal "$status" 2 'exit code'
        contains "$output" 'a recording is not for a terminal'
        contains "$output" 'name a file: -w FILE'
    done
}

# ── Whatever happens to it ──────────────────────────────────────────────────────────────────────

@test "a killed recorder has kept all but the last second" {
    start_writes
    start_recording record -P "$PORT"
    report_story
    sleep 1.5
    kill -KILL "$TOOL"
    eventually is_over "$TOOL"
    reported 5 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
    contains "${lines[-1]}" '"reason":"cut-short"'
    contains "$stderr" "$RECORDING is cut short"
    contains "$stderr" 'its recorder was killed, or is still at work'
    contains "$stderr" 'what came before that is reported'
}

@test "a recording can be reported while it is made" {
    start_writes
    start_recording record -P "$PORT"
    reported 5 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 0 verdicts
    report_story
    sleep 1.5
    reported 5 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
    stop_tool
    reported 0 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
}

@test "of a damaged recording is reported what came before the damage" {
    start_writes
    start_recording record -P "$PORT"
    report_story
    sleep 1.5
    stop_tool
    # Its last byte is of the last chunk's checksum.
    damage "$RECORDING" -1
    reported 5 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
    contains "$stderr" "$RECORDING is damaged: a chunk cannot be unpacked"
    [[ $stderr =~ 'at byte '[0-9]+ ]] || give_up "it does not say where: $stderr"
    # The first chunk says how the run began.
    damage "$RECORDING" 40
    refused_as 5 "$RECORDING is damaged" report "$RECORDING"
}

# damage FILE BYTE: as Python counts.
damage() {
    /usr/bin/python3 - "$@" << 'END'
import sys
path, at = sys.argv[1], int(sys.argv[2])
content = bytearray(open(path, "rb").read())
content[at] ^= 0x55
open(path, "wb").write(content)
END
}

@test "a full disk is an error, and what was recorded until then is reported" {
    local filling
    DISK=$BATS_TEST_TMPDIR/disk
    mkdir "$DISK"
    mount -t tmpfs -o size=16k tcpblame-test "$DISK"
    RECORDING=$DISK/recording
    start_writes
    # Of these ports alone: what else breaks on this machine could fill the disk first.
    filling=$(free_port)
    start_tool record --all -P "$PORT,$filling" -w "$RECORDING"
    report_story
    eventually has_verdict "$RECORDING" || give_up 'the failed write is not recorded'
    break_connections "$TOOL" "$filling"
    await_tool
    # shellcheck disable=SC2153 # await_tool sets it
    equal "$CODE" 1 'exit code'
    contains "$(cat "$ERR")" "cannot write to $RECORDING: No space left on device"
    contains "$(cat "$ERR")" 'make room, or record elsewhere; what was recorded until then can be reported'
    reported 5 "$RECORDING"
    equal "$(verdicts_of "$SUBJECT")" 1 verdicts
    contains "$stderr" "$RECORDING is cut short"
}

has_verdict() { "$TCPBLAME" report -j "$1" 2> /dev/null | grep -q '"type":"verdict"'; }

# break_connections PID PORT: until that process has gone.
break_connections() {
    /usr/bin/python3 - "$@" "$PATIENCE" << 'END'
import socket, struct, sys, time
until = time.monotonic() + int(sys.argv[3])
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
def is_alive():
    try:
        return open(f"/proc/{sys.argv[1]}/stat").read().rsplit(") ")[1][0] != "Z"
    except OSError:
        return False
while is_alive() and time.monotonic() < until:
    for _ in range(50):
        near = socket.create_connection(listener.getsockname())
        far = listener.accept()[0]
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near.close()
        far.close()
END
}

@test "a disk that is full at the beginning is an error" {
    refused_as 1 'cannot write to /dev/full: No space left on device' record -w /dev/full -d 1
    lacks "$stderr" 'can be reported'
}

@test "a file that cannot be written is an error" {
    refused_as 1 'No such file or directory' record -w /nonexistent/x -d 1
    refused_as 1 'Is a directory' -w "$BATS_TEST_TMPDIR" -d 1
}

# ── Filters, afterwards ─────────────────────────────────────────────────────────────────────────

@test "the filters apply to a recording of everything" {
    local writer reader
    start_writes
    writer=$SUBJECT
    start_recording record
    report_story
    next_story "$STORIES/pipe" --port 1
    report_story
    reader=$SUBJECT
    sleep 0.3
    stop_tool
    # filtered WRITES PIPES FLAG…: so many of the two stories' verdicts are reported.
    filtered() {
        local writes=$1 pipes=$2
        shift 2
        reported 0 "$@" "$RECORDING"
        equal "$(verdicts_of "$writer")" "$writes" "failed writes on the connection, by $*"
        equal "$(verdicts_of "$reader")" "$pipes" "failed writes on the pipe, by $*"
    }
    filtered 1 1
    filtered 1 0 -p "$writer"
    filtered 1 1 -p "$writer,$reader"
    filtered 0 0 -p 1
    filtered 1 0 -P "$PORT"
    filtered 1 0 -L "$PORT"
    filtered 0 0 -D "$PORT"
    filtered 1 0 -4
    filtered 0 0 -6
    filtered 1 0 -n flusher -P "$PORT"
    filtered 0 0 -n nobody-has-it
    filtered 1 1 -c /
    reported 0 -p "$writer" --count 1 "$RECORDING"
    equal "$(wc -l <<< "$output")" 3 'lines: start, one verdict, end'
}

@test "--errors-only leaves out the orderly ends of a recording by --all" {
    PORT=$(free_port)
    next_story "$STORIES/peer_half_close" --port "$PORT"
    start_recording record --all -P "$PORT"
    report_story
    sleep 0.3
    stop_tool
    reported 0 "$RECORDING"
    contains "$output" '"cause":"orderly"'
    reported 0 -x "$RECORDING"
    lacks "$output" '"cause":"orderly"'
}

@test "--all cannot report what was not recorded, and says so" {
    record_writes
    report --all "$RECORDING"
    equal "$status" 0 'exit code'
    contains "$stderr" '--all shows no more than is there: it was recorded without --all'
}

@test "--unanswered cannot report what was not recorded, and says so" {
    record_writes
    report --unanswered "$RECORDING"
    equal "$status" 0 'exit code'
    contains "$stderr" '--unanswered shows no more than is there: it was recorded without --unanswered'
}

# reported_since_until SINCE UNTIL: how many failed writes are reported of that time.
reported_since_until() {
    reported 0 --since "$1" --until "$2" "$RECORDING"
    contains "${lines[-1]}" "\"verdicts\":$(verdicts_of "$SUBJECT"),"
    verdicts_of "$SUBJECT"
}

@test "a report is of the time that --since and --until name" {
    local moment
    record_writes
    reported 0 "$RECORDING"
    moment=$(jq -r 'select(.type == "verdict") | .time' <<< "$output" | cut -c1-19)
    equal "$(TZ=UTC reported_since_until "$moment" "$(date -u -d "$moment UTC + 1 sec" +%FT%T)")" 1 'of its second'
    equal "$(TZ=UTC+3 reported_since_until "$(TZ=UTC+3 date -d "$moment UTC" +%FT%T)" +1h)" 1 'by another clock'
    equal "$(reported_since_until +60s +2h)" 0 'of a time after it'
    equal "$(reported_since_until 2001-01-01T00:00 2001-01-01\ 00:01:30)" 0 'of a time before it'
    equal "$(reported_since_until +0s +5m)" 1 'of all of it'
    refused_as 2 '--since is after --until' report "$RECORDING" --since +2s --until +1s
    refused_as 2 "invalid --until 'noon'" report "$RECORDING" --until noon
}

# ── What is refused ─────────────────────────────────────────────────────────────────────────────

@test "what is no recording is refused" {
    local file=$BATS_TEST_TMPDIR/file
    refused_as 1 'cannot read /nonexistent/x: No such file or directory' report /nonexistent/x
    contains "$stderr" 'name a recording, or - for standard input'
    : > "$file"
    refused_as 5 "$file is not a tcpblame recording: it is empty" report "$file"
    echo '{"schema":1,"type":"start"}' > "$file"
    refused_as 5 "$file is not a tcpblame recording" report "$file"
    refused_as 5 'standard input is not a tcpblame recording: it is empty' report -
    contains "$stderr" 'make one: sudo tcpblame record -w FILE'
}

@test "a recording is not overwritten by its report" {
    local file
    record_writes
    cd "$BATS_TEST_TMPDIR"
    for file in recording ./recording "$RECORDING"; do
        refused_as 2 '--output names the recording' report "$RECORDING" --output "$file"
    done
    reported 0 "$RECORDING"
}

@test "a command line that makes no sense is refused" {
    refused_as 2 'record needs --write' record
    refused_as 2 "invalid --write ''" record -w ''
    refused_as 2 '--json is not for record' record -w x -j
    refused_as 2 '--output is not for record' record -w x --output y
    refused_as 2 '--write - is for record' -w -
    refused_as 2 '--write and --output name the same file' -w x --output x
    refused_as 2 'report needs a recording' report
    refused_as 2 'report takes - only alone' report a -
    refused_as 2 'report is given a twice' report a b a
    refused_as 2 '--follow is not for report' report -p 1 --follow x
    refused_as 2 '--duration is not for report' report -d 1 x
    refused_as 2 '--write is not for report' report x -w y
    refused_as 2 '--errors-only is for report' -x
    refused_as 2 '--errors-only is for report' record -w x -x
}
