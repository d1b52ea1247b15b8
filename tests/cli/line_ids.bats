#!/usr/bin/env bats
# What a line of JSON says of where it is from: its host, boot and run, a name of its own, and which line of a break
# counts. Live, and the same in each report of the recording.
# bats file_tags=root

load helper

RECORDED=$BATS_TEST_DIRNAME/../recordings/6.12.107

# Three connections break: one whose program writes three times in vain, one that nobody writes into, and one that is
# written into only after its break was reported.
break_some() {
    /usr/bin/python3 - "$1" 3>&- << 'END_OF_PROGRAM'
import os, signal, socket, struct, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def broken():
    ours = socket.create_connection(server.getsockname())
    theirs, _ = server.accept()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    return ours
def write_in_vain(write):
    try:
        write()
        sys.exit("a write did not fail")
    except OSError:
        pass
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
often, never, late = broken(), broken(), broken()
for _ in range(3):
    write_in_vain(lambda: often.send(b"x"))
time.sleep(2)
write_in_vain(lambda: late.send(b"x"))
print(os.getpid())
END_OF_PROGRAM
}

# record_some: $OUT is what was printed live, $RECORDING what was kept; BREAKER broke it.
record_some() {
    local port
    port=$(free_port)
    RECORDING=$BATS_TEST_TMPDIR/recording
    start_tool -j -P "$port" --write "$RECORDING"
    BREAKER=$(break_some "$port")
    sleep 1.5
    stop_tool
}

@test "each line says of which host, boot and run it is, and has a name of its own" {
    record_some
    equal "$(jq -r .host "$OUT" | sort -u)" "$(uname -n)" 'hosts'
    equal "$(jq -r .boot_id "$OUT" | sort -u)" "$(< /proc/sys/kernel/random/boot_id)" 'boots'
    equal "$(jq -r .run_id "$OUT" | sort -u | grep -cE '^[0-9a-f]{16}$')" 1 'runs'
    equal "$(jq -r .event_id "$OUT" | sort | uniq -d)" '' 'names that come twice'
    equal "$(jq -r '.run_id as $run | select(.event_id | startswith($run + "-") | not) | .type' "$OUT")" '' \
        'lines whose name is not of the run'
    "$TCPBLAME" report -j "$RECORDING" > "$BATS_TEST_TMPDIR/reported"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
}

@test "a run without a recording has an id, too, and another one each time" {
    local first
    start_tool -j -P 1
    stop_tool
    first=$(jq -r .run_id "$OUT" | sort -u)
    [[ $first =~ ^[0-9a-f]{16}$ ]] || give_up "no id: $first"
    start_tool -j -P 1
    stop_tool
    [[ $(jq -r .run_id "$OUT" | sort -u) != "$first" ]] || give_up 'the same id twice'
}

names() { jq -r 'select(.type == "verdict" or .type == "teardown") | "\(.monotonic_ns) \(.event_id) \(.primary)"'; }

@test "a line has its name whatever is asked of the recording" {
    record_some
    local live flags
    live=$(names < "$OUT" | sort)
    for flags in '--since +1s' "-p $BREAKER" '--count 2' '--host 127.0.0.1'; do
        # shellcheck disable=SC2086 # flags
        run_tool report -j $flags "$RECORDING"
        equal "$status" 0 "exit code with $flags"
        names <<< "$output" | sort > "$BATS_TEST_TMPDIR/some"
        (($(wc -l < "$BATS_TEST_TMPDIR/some") > 0)) || give_up "nothing with $flags"
        equal "$(comm -13 <(echo "$live") "$BATS_TEST_TMPDIR/some")" '' "what it calls otherwise with $flags"
    done
}

@test "a break counts once, however many lines it has" {
    record_some
    equal "$(jq -r 'select(.type == "verdict" or .type == "teardown") | .type' "$OUT" | sort | uniq -c | xargs)" \
        '3 teardown 4 verdict' 'lines'
    equal "$(jq -r 'select(.primary) | .connection.id' "$OUT" | sort | uniq -c | awk '{print $1}' | xargs)" '1 1 1' \
        'lines that count, by connection'
    equal "$(jq -r 'select(.primary) | .type' "$OUT" | sort | xargs)" 'teardown teardown verdict' 'what counts'
}

@test "a connection has one community id, at both of its ends and in flat members" {
    record_some
    /usr/bin/python3 - "$OUT" << 'END'
import base64, hashlib, ipaddress, json, struct, sys
lines = [line for line in map(json.loads, open(sys.argv[1])) if "connection" in line]
assert lines
for line in lines:
    ends = sorted((ipaddress.ip_address(line[end + "_address"]).packed, line[end + "_port"]) for end in ("local", "remote"))
    (one, its_port), (other, others_port) = ends
    flow = struct.pack("!H", 0) + one + other + struct.pack("!BBHH", 6, 0, its_port, others_port)
    assert line["community_id"] == "1:" + base64.b64encode(hashlib.sha1(flow).digest()).decode(), line
    for end in ("local", "remote"):
        assert line["connection"][end] == f'{line[end + "_address"]}:{line[end + "_port"]}', line
END
}

@test "an older recording is reported without what it does not have" {
    run_tool report -j "$RECORDED/server-killed.rec"
    equal "$status" 0 'exit code'
    equal "$(jq -c '[.boot_id, .run_id, .event_id]' <<< "$output" | sort -u)" '[null,null,null]' 'what is not known'
    contains "$output" '"primary":true'
    run_tool report -j "$BATS_TEST_DIRNAME"/../recordings/6.12.117/server-killed.rec
    equal "$(jq -r .run_id <<< "$output" | sort -u | grep -cE '^[0-9a-f]{16}$')" 1 'runs'
    equal "$(jq -r 'select(.boot_id) | .type' <<< "$output")" '' 'lines with a boot'
    equal "$(jq -r 'select(.event_id | not) | .type' <<< "$output")" '' 'lines without a name'
}
