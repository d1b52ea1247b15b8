#!/usr/bin/env bats
# tcpblame explain: complete, for a terminal and for a pipe; and each program in it makes what it is said to make.

load helper

HEADINGS='On the wire
In the socket API
At both ends
Reproducer
How to fix it
What to look at next'

REASON_HEADINGS='What it means
What it was seen by
Reproducer
How to fix it
What to look at next'

# As the JSON contract has them.
causes() {
    # shellcheck disable=SC2016 # Python's own
    "$TCPBLAME" schema | /usr/bin/python3 -c '
import json, sys
print(*json.load(sys.stdin)["$defs"]["cause"]["enum"], "error-already-taken", sep="\n")'
}

reasons() {
    # shellcheck disable=SC2016 # Python's own
    "$TCPBLAME" schema | /usr/bin/python3 -c '
import json, sys
print(*json.load(sys.stdin)["$defs"]["why"]["items"]["properties"]["code"]["enum"], sep="\n")'
}

listed() { "$TCPBLAME" explain | sed -nE 's/^([a-z]+(-[a-z]+)*)  .*/\1/p'; }

# program_of NAME FILE: the program that its explanation shows, as somebody would copy it.
program_of() {
    "$TCPBLAME" explain "$1" | sed -n '/^Reproducer$/,/^How to fix it$/s/^ \{6\}//p' > "$2"
    [[ $(head -1 "$2") == '#!'* ]] || give_up "no program: $(cat "$2")"
    chmod +x "$2"
}

@test "explain alone lists every cause and reason of the JSON contract, a line or two each" {
    equal "$(listed)" "$(causes; reasons)" 'what is listed'
    run_tool explain
    equal "$status" 0 'exit code'
    lacks "$output" $'\e'
}

# is_explained NAME HEADINGS
is_explained() {
    local line
    run_tool explain "$1"
    equal "$status" 0 'exit code'
    equal "$(grep -xF "$2" <<< "$output")" "$2" "headings of $1"
    contains "$output" "$1: "
    for line in "${lines[@]}"; do
        ((${#line} <= 80)) || give_up "more than 80 columns: $line"
    done
    [[ -z $(LC_ALL=C tr -d '\n -~' <<< "$output") ]] || give_up "more than ASCII in $1"
    lacks "$output" '\_'
}

@test "every cause is explained under the same headings, within 80 columns of ASCII" {
    local cause
    for cause in $(causes); do is_explained "$cause" "$HEADINGS"; done
}

@test "every reason is explained under headings of its own, with what to do in each of the usual places" {
    local reason place
    for reason in $(reasons); do
        is_explained "$reason" "$REASON_HEADINGS"
        for place in Kubernetes systemd nginx haproxy Node Go Java Python; do contains "$output" "$place"; done
    done
}

@test "no line of a program is broken" {
    local name
    for name in $(causes) $(reasons); do
        program_of "$name" "$BATS_TEST_TMPDIR/program"
        # shellcheck disable=SC2016 # nothing is to expand
        sed -n '/^```$/,/^```$/p' "$ROOT/userspace/cli/explain/$name.scd" | grep -v '^```$' | grep . |
            diff - "$BATS_TEST_TMPDIR/program"
    done
}

@test "several causes and reasons are explained one after the other" {
    run_tool explain refused timed-out idle
    contains "$output" 'refused: '
    contains "$output" $'\ntimed-out: '
    contains "$output" $'\nidle: '
}

@test "a terminal gets bold headings, a pipe only where it is asked for" {
    run script -qec "$TCPBLAME explain refused" /dev/null
    contains "$output" $'\e[1mOn the wire\e[0m'
    NO_COLOR=1 run script -qec "$TCPBLAME explain refused" /dev/null
    lacks "$output" $'\e'
    run_tool explain refused --color always
    contains "$output" $'\e[1mOn the wire\e[0m'
}

@test "a reader that has seen enough is no failure" {
    run bash -c 'set -o pipefail; "$TCPBLAME" explain peer-closed timed-out unreachable | head -1 > /dev/null'
    equal "$status" 0 'exit code'
}

@test "schema prints the schema that is installed" {
    "$TCPBLAME" schema | cmp - "$ROOT/userspace/render/schema.json"
}

# reported_of PID: "cause modifier… reason…" of what was reported of this process or, of a shell's, of its children.
reported_of() {
    /usr/bin/python3 -c '
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["type"] in ("verdict", "teardown") and event.get("process", {}).get("pid", 0) >= int(sys.argv[2]):
        print(event["cause"], *event["modifiers"], *(link["code"] for link in event.get("why", [])))' "$OUT" "$1"
}

was_reported() { reported_of "$1" | tr ' ' '\n' | grep -qx "$2"; }

# bats test_tags=root
@test "the program in each explanation makes that cause, and the tool names it" {
    local cause program=$BATS_TEST_TMPDIR/program
    start_tool -j -a
    for cause in $(causes); do
        [[ $cause != unknown ]] || continue # it has to begin before the tool
        program_of "$cause" "$program"
        timeout 60 "$program" > "$BATS_TEST_TMPDIR/said" 2>&1 < /dev/null 3>&- &
        wait "$!" || true # most die of what they show
        eventually was_reported "$!" "$cause" || give_up "$cause: reported was '$(reported_of "$!")'" "$(cat "$BATS_TEST_TMPDIR/said")"
    done
}

# bats test_tags=root
@test "the program in each reason's explanation makes that reason, and the tool names it" {
    local reason program=$BATS_TEST_TMPDIR/program
    start_tool -j -a
    for reason in $(reasons); do
        program_of "$reason" "$program"
        timeout 60 "$program" > "$BATS_TEST_TMPDIR/said" 2>&1 < /dev/null 3>&- &
        wait "$!" || true
        eventually was_reported "$!" "$reason" || give_up "$reason: reported was '$(reported_of "$!")'" "$(cat "$BATS_TEST_TMPDIR/said")"
    done
}

# bats test_tags=root
@test "the reason of a full queue names who listens" {
    local program=$BATS_TEST_TMPDIR/program
    program_of queue-full "$program"
    start_tool -j
    timeout 60 "$program" > /dev/null 2>&1 < /dev/null 3>&- &
    wait "$!" || true
    eventually was_reported "$!" queue-full
    equal "$(jq -r --argjson from "$!" 'select(.type == "verdict" and .process.pid >= $from) | .why[]
        | select(.code == "queue-full") | .process.name' "$OUT" | head -1)" python3 'who listens'
}

# bats test_tags=root
@test "the program for unknown makes what cannot be known, where the tool comes late" {
    local program=$BATS_TEST_TMPDIR/program late
    program_of unknown "$program"
    mkfifo "$BATS_TEST_TMPDIR/enter"
    "$program" < "$BATS_TEST_TMPDIR/enter" > "$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
    late=$!
    CHILDREN+=("$late")
    exec {ENTER}> "$BATS_TEST_TMPDIR/enter"
    eventually grep -q 'press Enter' "$BATS_TEST_TMPDIR/said"
    start_tool -j
    echo >&"$ENTER"
    eventually was_reported "$late" unknown || give_up "reported was '$(reported_of "$late")'"
}

# bats test_tags=root
@test "the first verdict of each cause on the screen names the command that explains it, and no other does" {
    local program=$BATS_TEST_TMPDIR/program
    program_of peer-closed "$program"
    [[ $(head -1 "$program") == *python3 ]] || give_up "what is it? $(head -1 "$program")"
    ln -s /usr/bin/python3 "$BATS_TEST_TMPDIR/of-this-test" # its name, as nobody else has it
    start_tool -n of-this-test --count 2
    for _ in 1 2; do
        "$BATS_TEST_TMPDIR/of-this-test" "$program" > /dev/null 2>&1 < /dev/null 3>&- || true
    done
    await_tool
    equal "$(grep -c '^  more    tcpblame explain peer-closed$' "$OUT")" 1 'verdicts that name it'
    contains "$(tail -2 "$OUT")" 'more: tcpblame explain peer-closed'
}
