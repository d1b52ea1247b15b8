# What the command-line tests share: the tool in front or in the background, a story, waiting with a bound.
#
# TCPBLAME and STORIES say where the built tool and the story programs are.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
TCPBLAME=$(realpath "${TCPBLAME:-$ROOT/build/tcpblame}")
STORIES=$(realpath "${STORIES:-$ROOT/build/stories}")
export TCPBLAME STORIES
PATH=$PATH:/usr/sbin:/sbin

PATIENCE=${PATIENCE-60} # seconds that anything may take which should happen at once; on a busy machine it takes some

NOBODY=65534

# For setup_file: the tool and a story in $PUBLIC, where nobody may look, too.
make_public() {
    PUBLIC=$(mktemp -d)
    export PUBLIC
    chmod 755 "$PUBLIC"
    cp "$TCPBLAME" "$PUBLIC/tcpblame"
    cp "$STORIES/pipe" "$PUBLIC/pipe"
    chmod 755 "$PUBLIC"/*
}

# For setup_file: STORIES is where this one story is, and everybody may read it, wherever this tree lies; a system of its
# own sees it, too.
make_public_story() {
    local folder
    folder=$(mktemp -d -p /srv)
    chmod 755 "$folder"
    cp "$STORIES/$1" "$folder/$1"
    chmod 755 "$folder/$1"
    export STORIES=$folder
}

setup() {
    OUT=$BATS_TEST_TMPDIR/out # what the tool in the background prints
    ERR=$BATS_TEST_TMPDIR/err
    CHILDREN=() # what teardown ends
    NETWORKS=() # … and takes down: see make_network
}

teardown() {
    local pid
    for pid in "${CHILDREN[@]}"; do
        kill -KILL "$pid" 2> /dev/null || true
    done
    wait
    local name
    for name in "${NETWORKS[@]}"; do ip netns delete "$name" 2> /dev/null || true; done
    [[ -z ${GROUP-} ]] || remove_group # a test that made a cgroup
    [[ -z ${DISK-} ]] || umount "$DISK" # … that mounted a disk
}

# ── The tool in front ───────────────────────────────────────────────────────────────────────────

# Runs the tool with a bound; afterwards $status, $output and $stderr say how it went. EXPECTED: the exit code, where that
# is 127, which bats takes for a slip of ours.
run_tool() { run ${EXPECTED:+-"$EXPECTED"} --separate-stderr timeout "$PATIENCE" "$TCPBLAME" "$@" < /dev/null; }

# refused_as CODE WORDS [TOOL ARGUMENT…]: that exit code, WORDS in the message, nothing on standard output.
refused_as() {
    local code=$1 words=$2
    shift 2
    run_tool "$@"
    is_refusal "$code" "$words"
}

# The same of the last `run --separate-stderr`.
is_refusal() {
    equal "$status" "$1" 'exit code'
    equal "$output" '' 'standard output'
    contains "$stderr" "$2"
    speaks_for_itself
    # What and why in one line, what to do in another.
    ((${#stderr_lines[@]} <= 2)) || give_up "more than two lines of complaint: $stderr"
}

# Every line on standard error says who speaks.
speaks_for_itself() {
    local line
    for line in "${stderr_lines[@]}"; do
        [[ $line == 'tcpblame: '* ]] || give_up "a line on standard error is not the tool's own: $line"
    done
}

# Every option there is, one a line: --help has them in its first columns.
options_in_help() {
    "$TCPBLAME" --help | grep -E '^ +-' | cut -c1-29 | grep -oE -- '(^|[ ,])--?[A-Za-z0-9][A-Za-z0-9-]*' | tr -d ' ,' |
        LC_ALL=C sort -u
}

# ── The tool in the background ──────────────────────────────────────────────────────────────────

# Starts the tool and returns when it watches; TOOL is its pid, $OUT and $ERR what it prints. The command to run it by
# is an array RUN_BY, if set.
start_tool() {
    : > "$OUT" # what an earlier one said is not this one's word
    : > "$ERR"
    # As a terminal would start it: bash has what runs in the background ignore SIGINT.
    env --default-signal=INT,HUP,TERM "${RUN_BY[@]}" "${TOOL_FILE:-$TCPBLAME}" "$@" \
        < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually watches_or_is_over || true
    is_watching "$OUT" "$ERR" || give_up "the tool did not start: $(cat "$OUT" "$ERR")"
}
watches_or_is_over() { is_watching "$OUT" "$ERR" || is_over "$TOOL"; }

# is_watching OUT ERR: the notice for a person, or the line for a program.
is_watching() { grep -qE '^tcpblame: (watching|recording) ' "$2" || grep -qE '"type":"start"|"tcpblame\.start"|"watching-started"' "$1"; }

# Waits until the tool has ended and puts its exit code into CODE.
await_tool() {
    eventually is_over "$TOOL" || give_up "the tool did not end; it said: $(cat "$OUT" "$ERR")"
    CODE=0
    wait "$TOOL" || CODE=$?
}

# Ends it as a person does, by Ctrl-C.
stop_tool() {
    kill -INT "$TOOL"
    await_tool
    # shellcheck disable=SC2153 # await_tool sets it
    equal "$CODE" 0 'exit code'
}

is_over() { ! [[ -e /proc/$1/stat ]] || [[ $(sed 's/.*) //' "/proc/$1/stat" 2> /dev/null) == Z* ]]; }

# ── A story: one of the programs of tests/stories, or what speaks like them ─────────────────────

# start_story PROGRAM [ARGUMENT…]: returns when it waits for its "go"; SUBJECT is the pid to watch.
start_story() {
    local lines=$BATS_TEST_TMPDIR/story
    mkfifo "$lines.in"
    "$@" < "$lines.in" > "$lines.out" 3>&- &
    STORY=$!
    CHILDREN+=("$STORY")
    exec {STORY_IN}> "$lines.in"
    eventually test -s "$lines.out" || give_up "the story never got ready: $*"
    SUBJECT=$(sed -n '1s/.*"pid": *\([0-9]*\).*/\1/p' "$lines.out")
    [[ -n $SUBJECT ]] || give_up "the story's first line names no pid: $(cat "$lines.out")"
}

# The shortest story there is; nothing in it but one broken write.
start_pipe_story() { start_story "$STORIES/pipe" --port 1; }

# make_network NAME: a network namespace of the test's own; it is called $NETWORK_NAME.
make_network() {
    NETWORK_NAME=tcpblame-$1-$$
    ip netns add "$NETWORK_NAME"
    NETWORKS+=("$NETWORK_NAME")
}

# free_ports NUMBER: different ones, in one line. They are no ports that the kernel chooses by itself: those a connection
# of somebody else may take before they are listened at.
free_ports() {
    /usr/bin/python3 -B -c 'import sys
sys.path.append(sys.argv[1])
from ports import Ports
ports = Ports()
print(*[ports.take() for _ in range(int(sys.argv[2]))])' "$ROOT/tests/live" "$1"
}
free_port() { free_ports 1; }

report_story() {
    echo go >&"$STORY_IN"
    exec {STORY_IN}>&-
    eventually is_over "$STORY" || give_up 'the story does not end'
}

# break_connections NUMBER: at $PORT as many peers abort, each write after that fails.
break_connections() {
    /usr/bin/python3 - "$PORT" "$1" << 'END'
import socket, struct, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
for _ in range(int(sys.argv[2])):
    client = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    try:
        client.send(b"x")
    except ConnectionError:
        pass
    client.close()
END
}

# ── Checks that say what differs ────────────────────────────────────────────────────────────────

give_up() {
    printf '%s\n' "$@" >&2
    return 1
}

equal() { [[ $1 == "$2" ]] || give_up "$3: is '$1', expected '$2'" "standard error: ${stderr-}"; }
contains() { [[ $1 == *"$2"* ]] || give_up "expected: $2" "in:   $1"; }
lacks() { [[ $1 != *"$2"* ]] || give_up "must not be there: $2" "in: $1"; }

# Waits for a condition (a command) to come true.
eventually() {
    local until=$((SECONDS + PATIENCE))
    while ! "$@"; do
        ((SECONDS < until)) || return 1
        sleep 0.02
    done
}
