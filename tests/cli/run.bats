#!/usr/bin/env bats
# tcpblame run -- CMD: what broke in CMD is reported, and nothing else is different.
# bats file_tags=root

load helper

setup_file() {
    make_public
    unset SUDO_UID SUDO_GID # whoever runs the tests by sudo
}

teardown_file() { rm -rf "$PUBLIC"; }

# runs [TOOL ARGUMENT…]: run, in front; $status, $output and $stderr say how it went.
runs() { run_tool run "$@"; }

# A server that takes one connection, reads a little more than a request's head, and closes with the rest unread; PORT is
# where.
start_hasty_server() {
    /usr/bin/python3 -u - > "$BATS_TEST_TMPDIR/port" 3>&- << 'END' &
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1])
connection, _ = server.accept()
got = 0
while got < 5000:
    got += len(connection.recv(1000))
time.sleep(0.3)
connection.close()
END
    SERVER=$!
    CHILDREN+=("$SERVER")
    eventually test -s "$BATS_TEST_TMPDIR/port" || give_up 'the server does not start'
    PORT=$(cat "$BATS_TEST_TMPDIR/port")
}

# ── As if it were the command ───────────────────────────────────────────────────────────────────

@test "it exits as the command does" {
    local expected
    for expected in 0 1 7 255; do
        runs -- sh -c "exit $expected"
        equal "$status" "$expected" 'exit code'
    done
    runs -- sh -c 'kill -KILL $$'
    equal "$status" 137 'exit code of a command that is killed'
}

@test "a command that is not there, or is none: 127 and 126, and nothing is attached" {
    echo kept > "$BATS_TEST_TMPDIR/report"
    EXPECTED=127 runs -o "$BATS_TEST_TMPDIR/report" -- no-such-command-here
    is_refusal 127 'cannot run no-such-command-here: No such file or directory'
    EXPECTED=127 runs -- "$BATS_TEST_TMPDIR/no/such"
    is_refusal 127 'No such file or directory'
    runs -- "$ROOT/README.md"
    is_refusal 126 'Permission denied'
    runs -- "$ROOT"
    is_refusal 126 'Permission denied'
    equal "$(cat "$BATS_TEST_TMPDIR/report")" kept 'the file for the report'
}

@test "what the kernel refuses only at the last moment is reported as well" {
    printf '#!/no/such/interpreter\n' > "$BATS_TEST_TMPDIR/script"
    chmod +x "$BATS_TEST_TMPDIR/script"
    EXPECTED=127 runs -- "$BATS_TEST_TMPDIR/script"
    equal "$status" 127 'exit code'
    contains "$stderr" "cannot run $BATS_TEST_TMPDIR/script"
}

@test "its own failure before the command begins: 125, and the command never runs" {
    runs -o /no/such/folder/report -- touch "$BATS_TEST_TMPDIR/ran"
    is_refusal 125 'cannot write to /no/such/folder/report'
    [[ ! -e $BATS_TEST_TMPDIR/ran ]] || give_up 'it ran'
}

@test "a report that cannot be written: 125 where the command went well, else its own" {
    runs -o /dev/full -- true
    equal "$status" 125 'exit code'
    contains "$stderr" 'cannot write to /dev/full'
    runs -o /dev/full -- sh -c 'exit 3'
    contains "$stderr" 'cannot write to /dev/full'
}

@test "the command line of run is checked, and the command's is not touched" {
    refused_as 2 'run needs a command' run
    refused_as 2 'run needs a command' run -j --
    refused_as 2 '--pid is not for run' run -p 1 -- true
    refused_as 2 '--comm is not for run' run -n a -- true
    refused_as 2 '--cgroup is not for run' run -c / -- true
    refused_as 2 '--user is for run' -u root -P 1
    refused_as 2 'there is no such user' run -u no-such-user-here -- true
    runs -P 1 echo -j run -- --help
    equal "$output" '-j run -- --help' 'what the command was given'
}

@test "standard input and output are the command's, byte for byte" {
    head -c 1000000 /dev/urandom > "$BATS_TEST_TMPDIR/bytes"
    "$TCPBLAME" run -- cat < "$BATS_TEST_TMPDIR/bytes" > "$OUT" 2> "$ERR"
    cmp "$BATS_TEST_TMPDIR/bytes" "$OUT"
    contains "$(cat "$ERR")" 'no write failed'
}

@test "-o has the report, and the command's standard error is its own" {
    runs -o "$BATS_TEST_TMPDIR/report" -- sh -c 'echo mine >&2'
    equal "$status" 0 'exit code'
    contains "$stderr" mine
    contains "$stderr" ' (sh) and its children, until it ends'
    lacks "$stderr" 'no write failed'
    contains "$(cat "$BATS_TEST_TMPDIR/report")" 'no write failed'
}


@test "signals, privileges and files are those that the tool was started with" {
    local script=$BATS_TEST_TMPDIR/inherited by
    printf '%s\n' '#!/bin/sh' 'grep -E "^(Sig(Blk|Ign|Cgt)|Cap|NoNewPrivs|Groups|Uid|Gid)" /proc/self/status' \
        'ls /proc/self/fd' 'ulimit -a' > "$script"
    chmod +x "$script"
    for by in 'env' 'env --ignore-signal=PIPE' 'env --block-signal=TERM,CHLD' 'env --ignore-signal=CHLD,HUP' \
        'setpriv --no-new-privs' 'setpriv --bounding-set=-sys_boot'; do
        equal "$($by "$TCPBLAME" run -- "$script" 2> "$ERR" 3>&-)" "$($by "$script" 2>> "$ERR" 3>&-)" "under $by"
    done
}

@test "the command is not left a capability that was there for tracing" {
    local caps=+bpf,+perfmon,+net_bind_service
    cd /
    run --separate-stderr setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups --inh-caps="-all,$caps" \
        --ambient-caps="-all,$caps" timeout "$PATIENCE" "$PUBLIC/tcpblame" run -- grep CapEff /proc/self/status
    equal "$status" 0 "exit code; $stderr"
    equal "$output" $'CapEff:\t0000000000000400' 'what the command may do' # cap_net_bind_service alone
}

# ── What it reports ───────────────────────────────────────────────────────────────────────────────

@test "curl's upload that a server cuts short is explained" {
    start_hasty_server
    truncate -s 50M "$BATS_TEST_TMPDIR/big.bin"
    runs -j -o "$OUT" -- curl -sS -T "$BATS_TEST_TMPDIR/big.bin" "http://127.0.0.1:$PORT/"
    ((status == 55 || status == 56)) || give_up "curl's exit code is $status: $stderr"
    contains "$stderr" 'curl: ('
    contains "$(cat "$OUT")" '"cause":"peer-aborted"'
    contains "$(cat "$OUT")" "\"remote\":\"127.0.0.1:$PORT\""
    contains "$(grep -m1 peer-aborted "$OUT")" "\"pid\":$SERVER"
    contains "$(grep -m1 peer-aborted "$OUT")" '"name":"curl"'
    contains "$(tail -1 "$OUT")" '"reason":"command-ended"'
}

@test "a command that dies of SIGPIPE: 141, and who was it" {
    # shellcheck disable=SC2016 # for the inner shell
    runs -j -o "$OUT" -- sh -c 'echo go | "$@"' - "$STORIES/close_then_write_twice" --port "$(free_port)"
    contains "$(cat "$OUT")" '"cause":"peer-closed"'
    # shellcheck disable=SC2016 # for the inner shell
    runs -- bash -c 'mkfifo "$1"; sleep 0 < "$1" & exec 5> "$1"; wait; while :; do echo >&5; done' - "$BATS_TEST_TMPDIR/fifo"
    equal "$status" 141 'exit code'
    contains "$stderr" 'SIGPIPE killed bash'
    contains "$stderr" 'pipe-reader-gone'
}

@test "grandchildren are watched, from the beginning" {
    # shellcheck disable=SC2016 # for the inner shell
    runs -j -o "$OUT" -- sh -c 'sh -c "sh -c \"(sleep 0.1; yes) | head -1\""; :'
    equal "$output" y 'the output'
    contains "$(cat "$OUT")" '"cause":"pipe-reader-gone"'
    contains "$(cat "$OUT")" '"name":"yes"'
}

@test "what breaks elsewhere meanwhile is not reported" {
    runs -j -o "$OUT" -- sleep 1 &
    CHILDREN+=($!)
    eventually grep -q '"type":"start"' "$OUT"
    (yes || true) | head -1 > /dev/null
    wait $!
    equal "$(grep -c '"type":"verdict"' "$OUT")" 0 'verdicts'
}

@test "a filter narrows it, -w keeps it" {
    # shellcheck disable=SC2016 # for the inner shell
    local breaking='yes | head -1'
    runs -j -o "$OUT" -P 1 -w "$BATS_TEST_TMPDIR/recording" -- sh -c "$breaking"
    equal "$(grep -c '"type":"verdict"' "$OUT")" 0 'verdicts where connections are asked for'
    runs -j -o "$OUT" -w "$BATS_TEST_TMPDIR/recording" --overwrite -- sh -c "$breaking"
    contains "$(cat "$OUT")" '"cause":"pipe-reader-gone"'
    "$TCPBLAME" report -j "$BATS_TEST_TMPDIR/recording" > "$BATS_TEST_TMPDIR/reported again"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported again"
}

@test "every line of JSON is of the schema, the command's output is not in it" {
    "$TCPBLAME" run -j --all -o "$OUT" -- sh -c "yes | head -1" > /dev/null 2>&1
    /usr/bin/python3 - "$OUT" "$ROOT/userspace/render/schema.json" << 'END'
import json, jsonschema, sys
schema = json.load(open(sys.argv[2]))
lines = list(open(sys.argv[1]))
assert len(lines) >= 3
for line in lines: jsonschema.validate(json.loads(line), schema)
END
}

@test "a command that ends at once has been watched" {
    runs -j -o "$OUT" -- true
    equal "$status" 0 'exit code'
    equal "$(wc -l < "$OUT")" 2 'lines: start and end'
}

# ── When it ends ────────────────────────────────────────────────────────────────────────────────

@test "children that live on are waited for with -f alone" {
    # shellcheck disable=SC2016 # for the inner shell
    runs -- sh -c 'sleep 300 > /dev/null 2>&1 & echo $!'
    equal "$status" 0 'exit code'
    [[ $output =~ ^[0-9]+$ ]] || give_up "no pid: $output"
    CHILDREN+=("$output")
    ! is_over "$output" || give_up 'it waited for the child'
    # shellcheck disable=SC2016 # for the inner shell
    runs -f -j -o "$OUT" -- sh -c '(setsid sh -c "sleep 1; yes | head -1" > /dev/null) & exit 5'
    equal "$status" 5 'exit code'
    contains "$(cat "$OUT")" '"name":"yes"'
}

@test "-d and --count end the watching, not the command" {
    runs -d 0.1 -j -o "$OUT" -- sh -c 'sleep 1; echo still here; exit 4'
    equal "$status" 4 'exit code'
    equal "$output" 'still here' output
    contains "$(tail -1 "$OUT")" '"reason":"duration"'
}

# start_run COMMAND…: in the background, until it watches; TOOL is its pid.
start_run() {
    : > "$BATS_TEST_TMPDIR/said" # what an earlier one said is not this one's word
    : > "$ERR"
    rm -f "$OUT"
    env --default-signal=INT,HUP,TERM,QUIT "$TCPBLAME" run --overwrite -o "$OUT" -- "$@" < /dev/null > "$BATS_TEST_TMPDIR/said" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually is_watching "$OUT" "$ERR" || give_up "the tool did not start: $(cat "$ERR")"
}

@test "what is sent to it reaches the command, and what that makes of it is reported" {
    local signal
    for signal in INT TERM HUP QUIT USR1 USR2; do
        start_run bash -c "trap 'echo got; exit 9' $signal; echo ready; while :; do sleep 0.05; done"
        eventually grep -q ready "$BATS_TEST_TMPDIR/said"
        kill "-$signal" "$TOOL"
        await_tool
        equal "$CODE" 9 "exit code after $signal"
        contains "$(cat "$BATS_TEST_TMPDIR/said")" got
        contains "$(cat "$OUT")" 'no write failed'
    done
}

@test "a command that a signal kills: 128 and the signal's number" {
    start_run sleep 600
    kill -TERM "$TOOL"
    await_tool
    equal "$CODE" 143 'exit code'
}

@test "a command run as another user gets the signals, too" {
    cd /
    env --default-signal=INT,HUP,TERM,QUIT "$TCPBLAME" run -u "$NOBODY" -- sleep 600 < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually is_watching "$OUT" "$ERR"
    kill -TERM "$TOOL"
    await_tool
    equal "$CODE" 143 'exit code'
}

@test "the tool killed: its tracer ends too, and the command lives on" {
    local command
    start_run sleep 600
    command=$(pgrep -P "$TOOL" -x sleep)
    CHILDREN+=("$command")
    kill -KILL "$TOOL"
    eventually grep -q 'no write failed' "$OUT"
    kill -0 "$command" || give_up 'the command is gone'
}

@test "Ctrl-C at a terminal reaches the command once; a command that stops itself gives the shell back" {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/at_a_terminal.py" "$TCPBLAME"
}

# ── As whom ─────────────────────────────────────────────────────────────────────────────────────

# The groups and the home of user "games", which Debian has.
as_games() { printf '%s\n' "$(id -u games) $(id -g games) $(id -G games)" games games "$(getent passwd games | cut -d: -f6)"; }

# shellcheck disable=SC2016 # for the inner shell
SAYS_WHO='echo "$(id -u) $(id -g) $(id -G)"; echo "$USER"; echo "$LOGNAME"; echo "$HOME"'

@test "-u runs it as that user, with its groups and its home" {
    cd /
    runs -u games -- sh -c "$SAYS_WHO"
    equal "$output" "$(as_games)" 'who it is'
    runs -u "$(id -u games)" -- sh -c "$SAYS_WHO"
    equal "$output" "$(as_games)" 'who it is, by number'
}

@test "under sudo it is who called sudo; -u root stays root" {
    cd /
    export SUDO_UID SUDO_GID
    SUDO_UID=$(id -u games) SUDO_GID=$(id -g games)
    # shellcheck disable=SC2016 # for the inner shell
    runs -- sh -c "$SAYS_WHO"'; echo "${SUDO_UID-none}"'
    equal "$output" "$(as_games; echo none)" 'who it is'
    runs -u root -- id -u
    equal "$output" 0 'who it is with -u root'
    SUDO_UID=4000000 SUDO_GID=4000001
    runs -- sh -c 'id -u; id -G'
    equal "$output" $'4000000\n4000001' 'who it is where /etc/passwd does not know them'
}

@test "root that may not become another user runs nothing as one" {
    cd /
    run --separate-stderr setpriv --bounding-set=-setuid --inh-caps=-setuid \
        timeout "$PATIENCE" "$TCPBLAME" run -u games -- touch "$BATS_TEST_TMPDIR/ran"
    is_refusal 3 'the command cannot be run as that user'
    [[ ! -e $BATS_TEST_TMPDIR/ran ]] || give_up 'it ran'
}

@test "what sudo said and does not make sense is not taken for root" {
    local bad
    for bad in '' x -1 4294967295 '1 2'; do
        SUDO_UID=$bad SUDO_GID=1 refused_as 2 'who called sudo is not clear' run -- true
        SUDO_UID=1 SUDO_GID=$bad refused_as 2 'who called sudo is not clear' run -- true
    done
}

@test "SUDO_UID means nothing to one that is not root" {
    cd /
    run --separate-stderr env SUDO_UID="$(id -u games)" SUDO_GID=1 setpriv --reuid="$NOBODY" --regid="$NOBODY" \
        --clear-groups --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon \
        timeout "$PATIENCE" "$PUBLIC/tcpblame" run -- id -u
    equal "$output" "$NOBODY" 'who it is'
    run --separate-stderr setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups \
        --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon \
        timeout "$PATIENCE" "$PUBLIC/tcpblame" run -u games -- id -u
    is_refusal 3 'cannot be run as that user'
}

@test "a program that becomes root by its file still does" {
    cp "$(command -v id)" "$PUBLIC/id"
    chmod u+s "$PUBLIC/id"
    cd /
    runs -u games -- "$PUBLIC/id" -u
    equal "$output" "$(setpriv --reuid=games --regid=games --clear-groups "$PUBLIC/id" -u)" 'who it is'
    equal "$output" 0 'who it is'
}
