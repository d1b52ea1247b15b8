#!/usr/bin/env bats
# Two hosts, one story: each end of a connection recorded apart, and reported together. Between them addresses and ports
# are rewritten (far_network.py).
# bats file_tags=root

load helper

make_networks() {
    make_network near
    NEAR=$NETWORK_NAME
    make_network far
    FAR=$NETWORK_NAME
    A=$BATS_TEST_TMPDIR/a.rec
    B=$BATS_TEST_TMPDIR/b.rec
}

# connect END: a client in one network and a server in the other.
connect() {
    local lines=$BATS_TEST_TMPDIR/network
    mkfifo "$lines.in"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/far_network.py" "$NEAR" "$FAR" "$PORT" "$1" \
        < "$lines.in" > "$lines.out" 2> "$lines.err" 3>&- &
    NETWORK=$!
    CHILDREN+=("$NETWORK")
    exec {NETWORK_IN}> "$lines.in"
    eventually grep -q '^ready' "$lines.out" || give_up "they do not connect: $(cat "$lines.err")"
}

# record_apart [ARGUMENT…]: in each network by one that knows nothing of the other, on a host that is named so.
record_apart() {
    RECORDERS=()
    # shellcheck disable=SC2016 # for that shell
    RUN_BY=(unshare --uts sh -c 'hostname "$0" && exec "$@"' hosta)
    start_tool record -w "$A" --netns "$NEAR" "$@"
    RECORDERS+=("$TOOL")
    RUN_BY[-1]=hostb
    start_tool record -w "$B" --netns "$FAR" "$@"
    RECORDERS+=("$TOOL")
    RUN_BY=()
}

# record_story END [ARGUMENT…]: what happens at both ends, from before they connect until the client's write has failed.
record_story() {
    PORT=$(free_port)
    make_networks
    record_apart "${@:2}"
    connect "$1"
    sleep 1.3 # for a claim about what was not sent, it has to be seen that long before
    echo go >&"$NETWORK_IN"
    eventually grep -q '^over' "$BATS_TEST_TMPDIR/network.out" || give_up 'no write fails'
    sleep 1.5
    for TOOL in "${RECORDERS[@]}"; do
        kill -INT "$TOOL"
        await_tool
        equal "$CODE" 0 'exit code'
    done
    exec {NETWORK_IN}>&-
}

# of_client PROGRAM: what jq makes of the first failed write of the client.
of_client() {
    jq -r "select(.type == \"verdict\" and .process.name == \"near-client\") | $1" <<< "$output" | head -1
}

@test "both ends together report who closed with bytes unread" {
    record_story unread
    run_tool report -j "$A"
    equal "$status" 0 'exit code'
    equal "$(of_client '"\(.cause) \(.confidence) \(.peer)"')" 'peer-aborted inferred null' 'what one end knows'
    local alone
    alone=$(of_client '"\(.host) \(.run_id) \(.event_id)"')
    run_tool report -j "$A" "$B"
    equal "$status" 0 'exit code'
    equal "$(of_client '"\(.cause) \(.confidence)"')" 'peer-aborted observed' 'what both ends know'
    equal "$(of_client '"\(.peer.process.name) \(.peer.act) \(.peer.unread)"')" 'far-server close 5' 'the peer'
    equal "$(of_client '"\(.host) \(.peer.process.host) \(.joined.host)"')" 'hosta hostb hostb' 'hosts'
    equal "$(of_client '"\(.host) \(.run_id) \(.event_id)"')" "$alone" 'the name of the line, which it has alone, too'
    equal "$(jq -c 'select(.type == "start") | [.run_id, .event_id, (.recordings | map(.run_id) | unique | length)]' \
        <<< "$output")" '[null,null,2]' 'of both together'
    contains "$(of_client .summary)" ') on hostb closed with 5 B unread: its host sent a RST'
    run_tool report "$B" "$A" # by the other clock
    contains "$output" 'ECONNRESET in near-client, pid '
    contains "$output" ' on hosta'
    [[ $output =~ pid\ [0-9]+\ on\ hostb:\ close\(\)\ with\ 5\ B\ unread ]] || give_up "no peer: $output"
    contains "$stderr" 'recorded on hosta, '
    contains "$stderr" 'recorded on hostb, '
    [[ $stderr =~ (agree|behind|ahead).*from\ 2\ connections ]] || give_up "not a word about the clocks: $stderr"
    speaks_for_itself
}

@test "a FIN from the other host is reported with the process that sent it" {
    record_story fin
    run_tool report -j "$A"
    equal "$(of_client '"\(.cause) \(.confidence) \(.peer)"')" 'peer-closed inferred null' 'what one end knows'
    run_tool report -j "$A" "$B"
    equal "$(of_client '"\(.cause) \(.confidence) \(.peer.process.name) \(.peer.act)"')" \
        'peer-closed observed far-server close' 'what both ends know'
}

@test "a RST that the other host did not send came from something between" {
    record_story forged
    run_tool report -j "$A"
    # The two hosts are one machine: the search for the other end finds the socket that lives on there.
    equal "$(of_client '"\(.cause) \(.confidence) \(.peer)"')" 'peer-aborted inferred null' 'what one end knows'
    run_tool report -j "$A" "$B"
    equal "$(of_client '"\(.cause) \(.confidence) \(.peer)"')" 'peer-aborted inferred null' 'what both ends know'
    contains "$(of_client .summary)" 'sent none: something between the two did'
}

@test "a connection that ended well is reported once, with --all" {
    # The one before, by its client's port as each end sees it.
    local well='select(.cause == "orderly") | .connection | .local + " " + .remote | select(test(":41823|:52934"))'
    record_story fin --all
    run_tool report -j "$A"
    contains "$(jq -r "$well" <<< "$output")" '10.77.1.1:41823 10.77.1.9:'
    run_tool report -j "$B"
    contains "$(jq -r "$well" <<< "$output")" ' 10.77.2.9:52934'
    run_tool report -j "$B" "$A"
    equal "$(jq -r "$well" <<< "$output" | wc -l)" 1 'ends reported of what ended well'
    run_tool report -j -x "$A" "$B"
    equal "$(jq -r "$well" <<< "$output")" '' 'what ended well, with -x'
}

@test "what a damaged recording has is reported with the other" {
    record_story unread
    head -c -1 "$B" > "$B.cut"
    run_tool report -j "$A" "$B.cut"
    equal "$status" 5 'exit code'
    contains "$stderr" "$B.cut is damaged"
    contains "$(tail -1 <<< "$output")" '"reason":"cut-short"'
    equal "$(of_client .cause)" peer-aborted 'what the whole one has'
    head -c 40 "$B" > "$B.cut"
    run_tool report -j "$B.cut" "$A"
    equal "$status" 5 'exit code'
    contains "$stderr" "$B.cut is damaged"
    equal "$(of_client '"\(.cause) \(.confidence)"')" 'peer-aborted inferred' 'what the other has'
    run_tool report -j "$A" "$B" "$BATS_TEST_TMPDIR/none"
    equal "$status" 1 'exit code'
    equal "$output" '' 'standard output'
}
