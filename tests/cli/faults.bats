#!/usr/bin/env bats
# What can go wrong around the tool: pids that are used again, namespaces that go, a machine full of connections.
# bats file_tags=root

load helper

@test "a process that has the pid of one that is dead is not taken for it" {
    local first=$BATS_TEST_TMPDIR/first_one second=$BATS_TEST_TMPDIR/second_one
    cp /usr/bin/dd "$first"
    cp /usr/bin/dd "$second"
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/same_pid.py" "$first" "$second"
    start_tool -j
    report_story
    sleep 0.5
    kill -INT "$TOOL"
    await_tool
    local pid
    pid=$(sed -n 's/.*"used": *\([0-9]*\).*/\1/p' "$BATS_TEST_TMPDIR/story.out")
    [[ -n $pid ]] || give_up "no pid was used twice: $(cat "$BATS_TEST_TMPDIR/story.out")"
    /usr/bin/python3 - "$OUT" "$pid" "$first" "$second" << 'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
mine = [line["process"] for line in lines if line["type"] == "verdict" and line["process"]["pid"] == int(sys.argv[2])]
assert [each["comm"] for each in mine] == ["first_one", "second_one"], mine
# What is not known is absent; what is there is the process's own.
for process, path in zip(mine, sys.argv[3:]):
    assert process.get("exe", path) == path, (process, path)
END
}

@test "a network namespace that goes leaves the tool as it was" {
    make_network going
    start_tool -j --netns "$NETWORK_NAME"
    ip netns delete "$NETWORK_NAME"
    sleep 0.3
    is_over "$TOOL" && give_up "it ended: $(cat "$ERR")"
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    contains "$(tail -1 "$OUT")" '"reason":"interrupted"'
}

@test "a hundred thousand idle connections at the attach are found, and cost little" {
    PORT=$(free_port)
    # Of which each takes its time, and on a busy machine so many take minutes.
    PATIENCE=600 start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/idle_connections.py" "$PORT" 100000
    local began=${EPOCHREALTIME/[.,]/}
    start_tool -j -P "$PORT"
    local took=$((${EPOCHREALTIME/[.,]/} - began))
    contains "$(head -1 "$OUT")" '"open_connections":200000'
    local kib
    kib=$(awk '/^VmRSS/ { print $2 }' "/proc/$TOOL/status")
    report_story
    eventually grep -q '"type":"verdict"' "$OUT"
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    local verdict
    verdict=$(grep '"type":"verdict"' "$OUT" | head -1)
    contains "$verdict" "\"pid\":$SUBJECT,"
    contains "$verdict" '"cause":"peer-closed","confidence":"observed"'
    contains "$verdict" '"lost_events":0'
    echo "# attached in $((took / 1000)) ms, $kib KiB resident" >&3
    ((kib < 600 * 1024)) || give_up "$kib KiB are resident"
}
