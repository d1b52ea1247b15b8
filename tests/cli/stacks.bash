# What the tests of stacks share: who resets a connection, and what a verdict's stack has to be.

STACK_IS=$ROOT/tests/cli/stack_is.py
RESETTING=$ROOT/tests/cli/resetting.py

# To whom a program writes: it takes one connection, waits for SECONDS, and resets it.
resetting_server() {
    /usr/bin/python3 "$RESETTING" server "$1" "${2-0.3}" 3>&- &
    CHILDREN+=("$!")
    eventually is_listening "$1" || give_up 'the server does not listen'
}

# Asks a server for something, and resets the connection before it answers.
reset_early() { /usr/bin/python3 "$RESETTING" client "$@"; }

is_listening() { [[ -n $(ss -Hltn "sport = :$1") ]]; }

# The end of a connection may be reported before a write that comes late.
await_verdict() {
    eventually grep -q '"type":"verdict"' "$OUT" || give_up "no verdict: $(cat "$OUT" "$ERR")"
    stop_tool
}

# reset_server COMMAND…: it is started with a port behind, as SERVER, and answers REQUEST to a client that has reset the
# connection by then. BEFORE: a command that gets the port before that.
reset_server() {
    local port
    port=$(free_port)
    "$@" "$port" 3>&- > "$BATS_TEST_TMPDIR/server" 2>&1 &
    SERVER=$!
    CHILDREN+=("$SERVER")
    eventually is_listening "$port" || give_up "it does not listen: $(< "$BATS_TEST_TMPDIR/server")"
    [[ -z ${BEFORE-} ]] || "$BEFORE" "$port"
    start_tool -j -P "$port"
    reset_early "$port" "${REQUEST-hello}"
    await_verdict
}

# stack_is WHOSE FRAME…: the verdict's stack (WHOSE: stack, or peer for its peer's) has these frames in this order,
# from the innermost, maybe others in between. A frame is a function's name, with * for any part of it, or a module's as
# @MODULE.
stack_is() {
    /usr/bin/python3 "$STACK_IS" "$OUT" "$@"
}
