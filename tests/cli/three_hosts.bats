#!/usr/bin/env bats
# Three hosts, one story: the server is killed, the proxy passes it on, and the client's write fails; each was recorded by
# one that knows nothing of the others. Between them addresses and ports are rewritten (three_hosts.py).
# bats file_tags=root

load helper

# record_story: HOSTA.rec, HOSTB.rec and HOSTC.rec.
record_story() {
    local lines=$BATS_TEST_TMPDIR/network name names=() recorders=()
    PORT=$(free_port)
    for name in hosta hostb hostc; do
        make_network "$name"
        names+=("$NETWORK_NAME")
        # shellcheck disable=SC2016 # for that shell
        RUN_BY=(unshare --uts sh -c 'hostname "$0" && exec "$@"' "$name")
        start_tool record -w "$BATS_TEST_TMPDIR/$name.rec" --netns "$NETWORK_NAME"
        recorders+=("$TOOL")
    done
    RUN_BY=()
    mkfifo "$lines.in"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/three_hosts.py" "${names[@]}" "$PORT" \
        < "$lines.in" > "$lines.out" 2> "$lines.err" 3>&- &
    CHILDREN+=($!)
    exec {NETWORK_IN}> "$lines.in"
    eventually grep -q '^ready' "$lines.out" || give_up "they do not connect: $(cat "$lines.err")"
    echo go >&"$NETWORK_IN"
    eventually grep -q '^over' "$lines.out" || give_up "no write fails: $(cat "$lines.err")"
    sleep 1.5
    for TOOL in "${recorders[@]}"; do
        kill -INT "$TOOL"
        await_tool
        equal "$CODE" 0 'exit code'
    done
    exec {NETWORK_IN}>&-
    cd "$BATS_TEST_TMPDIR" || return
}

of_client() {
    jq -r "select(.type == \"verdict\" and .process.name == \"near-client\") | $1" <<< "$output" | head -1
}

@test "what the client's host alone does not know, the three together do: who killed the server behind the proxy" {
    record_story
    local chain='[.why[]? | "\(.code) \(.process.name)@\(.process.host)"] | join(", ")'
    run_tool report -j hosta.rec
    equal "$(of_client "$chain")" '' 'what one host knows'
    run_tool report -j hosta.rec hostb.rec
    equal "$(of_client "$chain")" 'passed-on middle-proxy@hostb' 'what two know'
    equal "$(of_client .why[0].peer)" null 'who ended the proxy'"'"'s connection'
    run_tool report -j hosta.rec hostb.rec hostc.rec
    equal "$(of_client "$chain")" 'passed-on middle-proxy@hostb, killed far-worker@hostc' 'what three know'
    equal "$(of_client '.why[0].peer | "\(.act) \(.signal) \(.process.host)"')" 'killed SIGKILL hostc' 'the end'
    equal "$(of_client '.why[1].sender | "\(.name | .[:7])@\(.host)"')" 'python3@hostc' 'who killed it'
    run_tool report hosta.rec hostb.rec hostc.rec
    local text
    text=$(tr -s ' \n' ' ' <<< "$output")
    contains "$text" ' after its other connection, to 10.78.3.9:'
    contains "$text" ' on hostc was killed by SIGKILL, by python3['
}
