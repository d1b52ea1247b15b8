#!/usr/bin/env bats
# The agent: from a file, for as long as its node runs, for programs to read.
# bats file_tags=root

load helper

setup_file() {
    PORT=$(free_port)
    CONFIG=$BATS_FILE_TMPDIR/agent.toml
    export PORT CONFIG
}

# configure LINE…: the file, and the agent runs by it.
start_agent() {
    printf '%s\n' "port = $PORT" "$@" > "$CONFIG"
    chmod 644 "$CONFIG"
    start_tool agent --config "$CONFIG"
}

lines_of() { jq -c "select(.type == \"$1\")" "$2" 2> /dev/null || true; } # it may be about to write one
count_of() { lines_of "$1" "$2" | wc -l; }
has_lines() { (($(count_of "$1" "$2") >= $3)); }

@test "its options are in a file; it records into a ring, and nothing of a run before is overwritten" {
    local before
    start_agent "write = \"$BATS_TEST_TMPDIR/ring\"" 'all = false' '# a comment' 'max-files = 3' 'max-size = "1M"'
    break_connections 1
    eventually has_lines verdict "$OUT" 1 || give_up "$(cat "$OUT" "$ERR")"
    kill -TERM "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    before=$(cat "$OUT")
    start_agent "write = \"$BATS_TEST_TMPDIR/ring\"" 'max-files = 3' 'max-size = "1M"'
    break_connections 2
    eventually has_lines verdict "$OUT" 2 || give_up "$(cat "$OUT" "$ERR")"
    stop_tool
    run_tool report -j "$BATS_TEST_TMPDIR"/ring.*
    equal "$(jq -c 'select(.type == "verdict") | .connection.local' <<< "$output")" \
        "$({ echo "$before"; cat "$OUT"; } | jq -c 'select(.type == "verdict") | .connection.local')" 'both runs'
}

@test "the command line comes before the file, and lists may be arrays" {
    printf '%s\n' 'port = [1, 2]' 'remoteport = "7000-7001"' 'heartbeat = 7' > "$CONFIG"
    start_tool agent --config "$CONFIG" --port 9
    equal "$(lines_of start "$OUT" | jq -r .watching)" 'port 9, remote port 7000, 7001' watching
    stop_tool
}

@test "it says that it lives, and how much it has reported" {
    start_agent 'heartbeat = 0.3'
    break_connections 2
    eventually has_lines verdict "$OUT" 2 || give_up "$(cat "$OUT")"
    eventually has_lines heartbeat "$OUT" 3 || give_up "$(cat "$OUT")"
    equal "$(lines_of heartbeat "$OUT" | tail -1 | jq -c '[.verdicts, .lost_events]')" '[2,0]' 'the last heartbeat'
    stop_tool
}

@test "of a storm it prints so many a second, and the rest by their number: the sum is what broke" {
    start_agent 'verdicts-per-second = 3' "write = \"$BATS_TEST_TMPDIR/ring\""
    break_connections 300
    stop_tool
    has_lines alike "$OUT" 1 || give_up "$(cat "$OUT")"
    equal "$(jq -s '[.[] | select(.type == "verdict") | 1] + [.[] | select(.type == "alike" and .of == "verdict") | .count] | add' "$OUT")" \
        "$(lines_of end "$OUT" | jq .verdicts)" 'verdicts'
    equal "$(lines_of end "$OUT" | jq .verdicts)" 300 'verdicts of the end'
    equal "$(lines_of alike "$OUT" | jq -sc '[.[] | [.cause, .process, .error]] | unique')" \
        '[["peer-aborted","python3",null],["peer-aborted","python3","ECONNRESET"]]' 'what is alike'
    run_tool report -j "$BATS_TEST_TMPDIR"/ring.*
    equal "$(jq -c 'select(.type == "verdict") | .cause' <<< "$output" | wc -l)" 300 'recorded'
}

@test "SIGHUP has it go on in a new file, and say what needs a restart" {
    local log
    log=$(mktemp -d) # for nobody, who it is by then
    chmod 777 "$log"
    printf '%s\n' "port = $PORT" "output = \"$log/lines\"" 'heartbeat = 0.2' > "$CONFIG"
    chmod a+rX "$CONFIG" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/*
    env --default-signal=INT,HUP,TERM "$TCPBLAME" agent --config "$CONFIG" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually has_lines heartbeat "$log/lines" 1 || give_up "$(cat "$ERR")"
    mv "$log/lines" "$log/lines.1"
    kill -HUP "$TOOL"
    eventually test -s "$log/lines" || give_up "it goes on in the old one: $(cat "$ERR")"
    equal "$(count_of start "$log/lines.1")" 1 'starts in the old file'
    echo 'unanswered = true' >> "$CONFIG"
    kill -HUP "$TOOL"
    eventually grep -q 'has changed: --unanswered' "$ERR" || give_up "$(cat "$ERR")"
    grep -q 'restart it' "$ERR"
    sed -i -e 's/^port = .*/port = 1/' -e '/^unanswered/d' "$CONFIG"
    kill -HUP "$TOOL"
    eventually grep -q 'has changed: --port:' "$ERR" || give_up "$(cat "$ERR")"
    echo 'nonsense = true' >> "$CONFIG"
    kill -HUP "$TOOL"
    eventually grep -q "there is no option 'nonsense' for agent" "$ERR" || give_up "$(cat "$ERR")"
    stop_tool
    equal "$(count_of end "$log/lines")" 1 'ends in the new file'
    rm -r "$log"
}

@test "a second run goes on at the end of the file with its lines" {
    local file=$BATS_TEST_TMPDIR/lines count
    for count in 1 2; do
        env --default-signal=INT,HUP,TERM "$TCPBLAME" agent -P "$PORT" -o "$file" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
        TOOL=$!
        CHILDREN+=("$TOOL")
        eventually has_lines start "$file" "$count" || give_up "$(cat "$ERR")"
        stop_tool
    done
    equal "$(count_of end "$file")" 2 'ends'
}

@test "SIGTERM ends it within a second, whatever it is doing" {
    local began
    start_agent "write = \"$BATS_TEST_TMPDIR/ring\""
    break_connections 200 &
    CHILDREN+=($!)
    sleep 0.1
    began=$(date +%s%N)
    kill -TERM "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    (($(date +%s%N) - began < 1000000000)) || give_up 'it took longer than a second'
    equal "$(count_of end "$OUT")" 1 'ends'
    run_tool report -j "$BATS_TEST_TMPDIR"/ring.*
    equal "$status" 0 'the recording is whole'
}

@test "without stacks there are none, and the cause is the same" {
    start_agent 'no-stacks = true'
    break_connections 1
    eventually has_lines verdict "$OUT" 1 || give_up "$(cat "$OUT")"
    stop_tool
    equal "$(lines_of verdict "$OUT" | jq -c '[.cause, .confidence, has("stack"), (.peer | has("stack"))]')" \
        '["peer-aborted","observed",false,false]' verdict
}

@test "what is wrong in the file is said with its name, and what to do" {
    local text
    while read -r text message; do
        printf '%b\n' "$text" > "$CONFIG"
        run_tool agent --config "$CONFIG"
        is_refusal 2 "$message"
        contains "$stderr" "$CONFIG"
    done << 'END'
prot=443 there is no option 'prot' for agent
[agent] there are no sections in it
all=perhaps all is true or false
port=1\nall=true\nport=2 port stands there more than once
heartbeat=[1,2] heartbeat takes one value
duration=5 there is no option 'duration' for agent
END
    contains "$stderr" 'see tcpblame agent -h'
    refused_as 1 'cannot read /nowhere/agent.toml' agent --config /nowhere/agent.toml
    echo 'port = 99999' > "$CONFIG"
    refused_as 2 "invalid --port '99999'" agent --config "$CONFIG"
    refused_as 2 'agent prints for programs' agent --format text
    refused_as 2 '--config is for agent' -P 1 --config "$CONFIG"
}
