#!/usr/bin/env bats
# How the tool ends: when it is reported to, when it has seen enough, and without leaving anything behind.
# bats file_tags=root

load helper

has_summary() { contains "$(cat "$OUT")" "$1"; }

ends_with_a_summary_at() {
    start_tool -P 1
    kill "-$1" "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    has_summary 'no write failed'
    equal "$(grep -vc '^tcpblame: ' "$ERR")" 0 'lines on standard error that are not its own'
}

@test "Ctrl-C ends it with a summary" { ends_with_a_summary_at INT; }
@test "SIGTERM ends it with a summary" { ends_with_a_summary_at TERM; }
@test "a terminal that goes away ends it with a summary" { ends_with_a_summary_at HUP; }

@test "nohup is heeded: a SIGHUP that was ignored stays so" {
    RUN_BY=(env --ignore-signal=HUP)
    start_tool -P 1
    kill -HUP "$TOOL"
    sleep 0.5
    is_over "$TOOL" && give_up 'it ended'
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
}

@test "the end of JSON reports how it came" {
    start_tool -j -P 1
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    contains "$(tail -1 "$OUT")" '"type":"end"'
    contains "$(tail -1 "$OUT")" '"reason":"interrupted"'
}

@test "-d 1 ends after about a second" {
    local began took
    began=${EPOCHREALTIME/[.,]/}
    run_tool -P 1 -d 1
    took=$((${EPOCHREALTIME/[.,]/} - began))
    equal "$status" 0 'exit code'
    [[ $output =~ in\ 1\.[0-9]\ s ]] || give_up "not about a second: $output"
    # Attaching takes its time, too, and on a busy machine any: how long it watched is what it says itself.
    ((took >= 1000000)) || give_up "it took $took microseconds"
}

@test "--count 1 ends after one verdict" {
    start_pipe_story
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    equal "$(grep -c '"type":"verdict"' "$OUT")" 1 'verdicts'
    contains "$(tail -1 "$OUT")" '"reason":"count"'
}

@test "the summary after --count does not deny what the verdict said" {
    start_story "$STORIES/close_then_write_twice" --port "$(free_port)"
    start_tool -p "$SUBJECT" --count 1
    report_story
    await_tool
    contains "$(cat "$OUT")" peer-closed
    lacks "$(cat "$OUT")" 'no connection broke'
}

@test "two at once both work" {
    local first first_out
    start_pipe_story
    start_tool -j -p "$SUBJECT" --count 1
    first=$TOOL
    first_out=$OUT
    OUT=$BATS_TEST_TMPDIR/out2
    ERR=$BATS_TEST_TMPDIR/err2
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code of the second'
    TOOL=$first
    await_tool
    equal "$CODE" 0 'exit code of the first'
    contains "$(cat "$first_out")" '"cause":"pipe-reader-gone"'
    contains "$(cat "$OUT")" '"cause":"pipe-reader-gone"'
}

# fills_a_pipe SIGNAL ARGUMENT…: into a pipe that nobody reads there is more to report than it holds; then SIGNAL ends it.
fills_a_pipe() {
    local signal=$1 port began
    shift
    port=$(free_port)
    OUT=$BATS_TEST_TMPDIR/nobody_reads
    mkfifo "$OUT"
    exec {NOBODY_READS}<> "$OUT"
    # A page, as a recording is packed.
    /usr/bin/python3 -c 'import fcntl, sys; fcntl.fcntl(int(sys.argv[1]), fcntl.F_SETPIPE_SZ, 4096)' "$NOBODY_READS"
    env --default-signal=INT,TERM "$TCPBLAME" -P "$port" "$@" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually has_attached || give_up "it does not start: $(cat "$ERR")"
    /usr/bin/python3 - "$port" << 'END'
import socket, struct, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for _ in range(500):
    near = socket.create_connection(listener.getsockname())
    far = listener.accept()[0]
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near.close()
    far.close()
END
    sleep 1.5
    began=$SECONDS
    kill "-$signal" "$TOOL"
    await_tool
    ((SECONDS - began <= 15)) || give_up "it took $((SECONDS - began)) s"
    equal "$CODE" 1 'exit code'
    exec {NOBODY_READS}>&-
    rm "$OUT"
}

# Its programs are there, whether or not it can say so.
has_attached() { (($(programs_of "$TOOL" | wc -l) >= 8)) && sleep 0.5; }

@test "Ctrl-C and SIGTERM end it where nobody reads its output" {
    local signal
    for signal in INT TERM; do
        fills_a_pipe "$signal" -j
        contains "$(cat "$ERR")" 'the output is cut: nobody reads standard output'
        fills_a_pipe "$signal" record -w -
        contains "$(cat "$ERR")" 'the recording in standard output is cut: nobody reads it'
    done
}

@test "a recording beside an output that nobody reads is whole" {
    fills_a_pipe INT -j -w "$BATS_TEST_TMPDIR/recording"
    run_tool report -j "$BATS_TEST_TMPDIR/recording"
    equal "$status" 0 'exit code of report'
    contains "${lines[-1]}" '"reason":"interrupted"'
}

# The BPF programs that a process holds, by their numbers: other tools may have theirs.
programs_of() { cat "/proc/$1"/fdinfo/* 2> /dev/null | sed -n 's/^prog_id:\s*//p' | sort -u; }

none_is_left() {
    local program
    for program in "$@"; do
        if bpftool prog show id "$program" > /dev/null 2>&1; then return 1; fi
    done
}

leaves_nothing_behind_at() {
    local programs
    start_tool -P 1
    mapfile -t programs < <(programs_of "$TOOL")
    ((${#programs[@]} >= 8)) || give_up "it holds ${#programs[@]} programs only"
    bpftool prog show id "${programs[0]}" > /dev/null
    kill "-$1" "$TOOL"
    await_tool
    eventually none_is_left "${programs[@]}" || give_up "programs are left: $(bpftool prog show)"
}

@test "SIGKILL leaves no BPF program behind" { leaves_nothing_behind_at KILL; }
@test "Ctrl-C leaves no BPF program behind" { leaves_nothing_behind_at INT; }
