#!/usr/bin/env bats
# A proxy passes on what became of its other connection: through real ones, and what only looks like it.
# bats file_tags=root

load helper

# start_relay COMMAND…: a proxy that listens on FRONT, in the background; RELAY is its pid.
start_relay() {
    "$@" < /dev/null > "$BATS_TEST_TMPDIR/relay" 2>&1 3>&- &
    RELAY=$!
    CHILDREN+=("$RELAY")
    eventually is_listened_on "$FRONT" || give_up "it does not listen: $(cat "$BATS_TEST_TMPDIR/relay")"
}

is_listened_on() { [[ -n $(ss -Hltn "sport = :$1") ]]; }

# The chain of reasons of the first verdict on the client: codes, each with its process.
chain() {
    jq -rs --argjson client "$SUBJECT" 'map(select(.type == "verdict" and .process.pid == $client))[0]
        | [.why[]? | "\(.code) \(.process.name)"] | join(", ")' "$OUT"
}

plays() {
    FRONT=$(free_port)
    BACK=$(free_port)
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/relayed.py" "$FRONT" "$BACK"
}

is_told() { grep -q "\"type\":\"verdict\".*\"process\":{\"pid\":$SUBJECT," "$OUT"; }

names_the_killed_worker() { # NAME OF THE PROXY
    eventually is_told || give_up 'no verdict on the client' "$(cat "$OUT")"
    equal "$(chain)" "passed-on $1, killed python3" 'why'
    equal "$(jq -rs --argjson client "$SUBJECT" 'map(select(.type == "verdict" and .process.pid == $client))[0]
        | .why[0] | "\(.confidence) \(.peer.act) \(.peer.signal)"' "$OUT")" 'inferred killed SIGKILL' 'the first reason'
    equal "$(jq -rs --argjson client "$SUBJECT" 'map(select(.type == "verdict" and .process.pid == $client))[0]
        | .why[1].sender.name' "$OUT")" python3 'who killed it'
}

@test "socat passes on that its server was killed" {
    plays
    start_relay socat "TCP-LISTEN:$FRONT,bind=127.0.0.1" "TCP:127.0.0.1:$BACK"
    start_tool -j
    report_story
    names_the_killed_worker socat
}

@test "haproxy passes on that its server was killed" {
    plays
    cat > "$BATS_TEST_TMPDIR/haproxy.cfg" << END
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen relay
    bind 127.0.0.1:$FRONT
    server worker 127.0.0.1:$BACK
END
    start_relay haproxy -db -f "$BATS_TEST_TMPDIR/haproxy.cfg"
    start_tool -j
    report_story
    names_the_killed_worker haproxy
}

@test "over two proxies, what ended in good order behind them is passed on" {
    local middle chain
    FRONT=$(free_port)
    BACK=$(free_port)
    middle=$(free_port)
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/relayed.py" "$FRONT" "$BACK" exits
    start_relay socat "TCP-LISTEN:$FRONT,bind=127.0.0.1" "TCP:127.0.0.1:$middle"
    FRONT=$middle start_relay socat "TCP-LISTEN:$middle,bind=127.0.0.1" "TCP:127.0.0.1:$BACK"
    start_tool -j
    report_story
    eventually is_told || give_up 'no verdict on the client' "$(cat "$OUT")"
    equal "$(chain)" 'passed-on socat, passed-on socat' 'why'
    equal "$(jq -rs --argjson client "$SUBJECT" 'map(select(.type == "verdict" and .process.pid == $client))[0]
        | .why[1].peer | "\(.process.name | .[:7]) \(.act) \(.exit_status)"' "$OUT")" 'python3 exit 3' 'who ended it all'
}

@test "a person reads it in two lines" {
    plays
    start_relay socat "TCP-LISTEN:$FRONT,bind=127.0.0.1" "TCP:127.0.0.1:$BACK"
    start_tool
    report_story
    eventually grep -q 'its other connection' "$OUT" || give_up "$(cat "$OUT")"
    sleep 0.5
    contains "$(tr -s ' \n' ' ' < "$OUT")" "after its other connection, to 127.0.0.1:$BACK, had ended"
}

@test "a process that only had another connection end near that time is not named" {
    local port
    port=$(free_port)
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/event_loop.py" "$port"
    start_tool -j -p "$SUBJECT" --as both
    report_story
    sleep 2
    stop_tool
    (($(grep -c '"cause":"peer-closed"' "$OUT") >= 40)) || give_up "too little was broken: $(wc -l < "$OUT") lines"
    lacks "$(cat "$OUT")" passed-on
}
