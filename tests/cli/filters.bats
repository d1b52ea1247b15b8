#!/usr/bin/env bats
# The filters that go by cgroup, network namespace, address and lineage, and what --reads adds.
# bats file_tags=root

load helper

remove_group() {
    local pid
    while read -r pid; do echo "$pid" > "${GROUP%/*}/cgroup.procs" || true; done < "$GROUP/cgroup.procs"
    eventually rmdir "$GROUP"
}

# Reports the story, gives the tool a moment for more than it expects, and ends it.
finish() {
    report_story
    sleep 0.3
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
}

# Of the story: others on this machine break their connections, too.
verdicts() { grep '"type":"verdict"' "$OUT" | grep -c "\"process\":{\"pid\":$SUBJECT," || true; }

start_writes() { start_story "$STORIES/close_then_write_twice" --port "$(free_port)"; }

make_group() {
    local mount
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
    GROUP=$mount/tcpblame-test-$$-$BATS_TEST_NUMBER
    mkdir "$GROUP"
}

@test "--cgroup takes the processes in it, by either way to write its path" {
    make_group
    start_writes
    echo "$SUBJECT" > "$GROUP/cgroup.procs"
    start_tool -j --cgroup "/${GROUP##*/},$GROUP"
    finish
    equal "$(verdicts)" 1 verdicts
    contains "$(grep '"type":"verdict"' "$OUT")" "\"cgroup\":\"/${GROUP##*/}\""
    contains "$(grep '"type":"verdict"' "$OUT")" '"act":"close"' # the peer is in no such group, and is reported
}

@test "--cgroup leaves out the processes elsewhere" {
    make_group
    start_writes
    start_tool -j --cgroup "/${GROUP##*/}"
    finish
    equal "$(verdicts)" 0 verdicts
}

@test "a cgroup that does not exist is said" {
    refused_as 1 'there is no cgroup /no/such/group' --cgroup /no/such/group
}

@test "--netns takes the connections in it" {
    start_writes
    start_tool -j --netns /proc/self/ns/net
    finish
    equal "$(verdicts)" 1 verdicts
}

@test "--netns leaves out the connections elsewhere" {
    start_writes
    start_tool -j --netns 1
    finish
    equal "$(verdicts)" 0 verdicts
}

# Of the verdicts about the story: the remote addresses, one a line.
remote_hosts() {
    jq -r "select(.type == \"verdict\" and .process.pid == $SUBJECT) | .connection.remote" "$1" | sed 's/:[0-9]*$//'
}

start_failing_writes() {
    start_story /usr/bin/python3 "$ROOT/tests/cli/failing_writes.py" 127.0.0.2 127.0.0.9 ::1 ::ffff:127.0.0.3
}

@test "--host takes the connections with an address or a network, of both families" {
    start_failing_writes
    start_tool -j -w "$BATS_TEST_TMPDIR/all" --host 127.0.0.2/31,::1
    finish
    equal "$(remote_hosts "$OUT" | xargs)" '127.0.0.2 [::1] 127.0.0.3' 'addresses'
    contains "$(head -n 1 "$OUT")" '"watching":"host 127.0.0.2/31, ::1"'
    run_tool report -j "$BATS_TEST_TMPDIR/all"
    equal "$output" "$(cat "$OUT")" 'the report'
    run_tool report -j --host ::1 --host ::ffff:127.0.0.3 "$BATS_TEST_TMPDIR/all"
    equal "$(remote_hosts <(echo "$output") | xargs)" '[::1] 127.0.0.3' 'addresses of the report'
}

@test "--host leaves out the connections elsewhere, and what has no address" {
    start_failing_writes
    start_tool -j --host 10.0.0.0/8 --host fd00::/8
    finish
    equal "$(grep -c '"type":"verdict"' "$OUT")" 0 verdicts
    rm -f "$BATS_TEST_TMPDIR"/story*
    start_pipe_story
    start_tool -j --host 0.0.0.0/0 --host ::/0
    finish
    equal "$(verdicts)" 0 'verdicts about a pipe'
}

@test "--host goes together with a process" {
    start_failing_writes
    start_tool -j -p "$SUBJECT" --host 127.0.0.9
    finish
    equal "$(remote_hosts "$OUT")" 127.0.0.9 address
}

@test "--host refuses what is no address, and more than the kernel's filter takes" {
    refused_as 2 "'10.0.0.0/33'" --host 10.0.0.0/33
    refused_as 2 "'abc'" --host abc
    refused_as 2 'too many hosts: 9' --host 1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,1.0.0.8,1.0.0.9
}

@test "--follow takes the children that are there at the attach" {
    start_writes
    start_tool -j --follow -p $BASHPID
    finish
    equal "$(verdicts)" 1 verdicts
}

@test "--follow takes the children that come after it" {
    start_tool -j --follow -p $BASHPID
    start_writes
    finish
    equal "$(verdicts)" 1 verdicts
}

@test "without --follow the children are left out" {
    start_writes
    start_tool -j -p $BASHPID
    finish
    equal "$(verdicts)" 0 verdicts
}

@test "--follow without a process is refused" {
    refused_as 2 '--follow needs --pid' --follow
}

@test "--reads sees which read took the error, and without it nobody is named" {
    for reads in --reads ''; do
        start_story "$STORIES/reset_taken_by_read" --port "$(free_port)" --how read
        # shellcheck disable=SC2086 # no word where there is none
        start_tool -j -p "$SUBJECT" $reads
        finish
        contains "$(grep '"type":"verdict"' "$OUT")" error-already-taken
        if [[ -n $reads ]]; then
            contains "$(grep '"type":"verdict"' "$OUT")" '"note":"by read'
        else
            lacks "$(cat "$OUT")" '"note":"by '
        fi
        rm -f "$BATS_TEST_TMPDIR"/story*
    done
}

# ── The kernel's memory ─────────────────────────────────────────────────────────────────────────

# memory_of MAP: the bytes that the kernel accounts for this map of the tool.
memory_of() {
    local id
    grep -h '^map_id:' "/proc/$TOOL/fdinfo/"* | sort -u | cut -f2 | while read -r id; do
        bpftool -j map show id "$id" | jq -r --arg name "$1" 'select(.name == $name).bytes_memlock'
    done
}

# takes_at_most KIB MAP
takes_at_most() {
    local bytes
    bytes=$(memory_of "$2")
    [[ -n $bytes ]] || give_up "the tool has no map $2"
    ((bytes <= $1 * 1024)) || give_up "$2 takes $bytes bytes of the kernel's memory, more than $1 KiB"
}

@test "what no filter asks for takes no kernel memory" {
    start_tool -j
    local map
    for map in family flows listeners; do takes_at_most 64 "$map"; done
    # Kernels before 5.12 know sockets by their addresses.
    ! bpftool feature probe kernel 2> /dev/null | grep -q -- '- bpf_check_mtu' || takes_at_most 64 sk_state_by_add
    kill -INT "$TOOL"
    await_tool
    start_tool -j -n no-such-name
    (($(memory_of family) > 64 * 1024)) || give_up 'with -n the processes of threads need room'
    (($(memory_of flows) > 64 * 1024)) || give_up 'with -n the other ends need room'
}

# A server that resets its client's connection; CLIENT and BYSTANDER are the pids of the others.
start_reset() {
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/resets_another.py" "$(free_port)"
    CLIENT=$(sed -n '1s/.*"client": *\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/story.out")
    BYSTANDER=$(sed -n '1s/.*"bystander": *\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/story.out")
}

# Who is reported of, each once, in what is in FILE.
victims_in() {
    /usr/bin/python3 -c '
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted({event["process"]["pid"] for event in events if event["type"] in ("verdict", "teardown")}))' "$1"
}

in_order() { printf '%s\n' "$@" | sort -n | paste -sd' '; }

@test "--as culprit reports what the process broke for another, and names it" {
    start_reset
    start_tool -j -p "$SUBJECT" --as culprit
    finish
    equal "$(victims_in "$OUT")" "$CLIENT" 'who is reported of'
    contains "$(cat "$OUT")" '"cause":"peer-aborted"'
    contains "$(grep '"type":"verdict"' "$OUT")" "\"peer\":{\"process\":{\"pid\":$SUBJECT,"
}

@test "by default, and as victim, it is not reported" {
    start_reset
    start_tool -j -p "$SUBJECT" -w "$BATS_TEST_TMPDIR/run.rec"
    finish
    equal "$(victims_in "$OUT")" '' 'who is reported of'
    run_tool report -j "$BATS_TEST_TMPDIR/run.rec" -p "$SUBJECT"
    lacks "$output" '"type":"verdict"'
    run_tool report -j "$BATS_TEST_TMPDIR/run.rec" -p "$SUBJECT" --as victim
    lacks "$output" '"type":"verdict"'
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/run.rec" -p "$SUBJECT" --as culprit > "$BATS_TEST_TMPDIR/culprit"
    equal "$(victims_in "$BATS_TEST_TMPDIR/culprit")" "$CLIENT" 'who is reported of by report --as culprit'
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/run.rec" -p "$SUBJECT" --as both > "$BATS_TEST_TMPDIR/both"
    equal "$(victims_in "$BATS_TEST_TMPDIR/both")" "$CLIENT" 'who is reported of by report --as both'
}

@test "--as both reports what broke for the process and what it broke, and so does the recording" {
    start_reset
    start_tool -j -p "$SUBJECT,$CLIENT,$BYSTANDER" --as both -w "$BATS_TEST_TMPDIR/run.rec"
    finish
    equal "$(victims_in "$OUT")" "$(in_order "$CLIENT" "$BYSTANDER")" 'who is reported of'
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/run.rec" > "$BATS_TEST_TMPDIR/again"
    diff "$OUT" "$BATS_TEST_TMPDIR/again"
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/run.rec" -p "$SUBJECT" --as culprit > "$BATS_TEST_TMPDIR/culprit"
    equal "$(victims_in "$BATS_TEST_TMPDIR/culprit")" "$CLIENT" 'who is reported of by report --as culprit'
}

@test "a process that was only near is no culprit" {
    start_reset
    start_tool -j -p "$BYSTANDER" --as culprit
    finish
    # It closed the other end of a connection of its own.
    equal "$(victims_in "$OUT")" "$BYSTANDER" 'who is reported of'
    lacks "$(cat "$OUT")" "\"pid\":$CLIENT,"
}

@test "--as culprit of a command is what it breaks for others" {
    local port
    port=$(free_port)
    "$TCPBLAME" run --as culprit -j -o "$OUT" -- /usr/bin/python3 "$BATS_TEST_DIRNAME/resets_another.py" "$port" <<< go > "$BATS_TEST_TMPDIR/said"
    contains "$(grep '"type":"verdict"' "$OUT")" '"cause":"peer-aborted"'
}

@test "--as culprit or both without a process is refused" {
    refused_as 2 '--as culprit needs a process' --as culprit
    refused_as 2 '--as both needs a process' -P 80 --as both
    refused_as 2 '--as culprit needs a process' report --as culprit x
    refused_as 2 'it takes victim, culprit or both' -p 1 --as guilty
    refused_as 2 '--as is not for doctor' doctor -p 1 --as culprit
}
