#!/usr/bin/env bats
# A store whose engine dies amid what it is given, and a spool without room: nothing is lost but what is said.
# bats file_tags=root

load helper
load clickhouse.bash

setup_file() {
    export ENGINE TCP
    # shellcheck disable=SC2046 # words
    set -- $(free_ports 2)
    ENGINE=$1 TCP=$2
    start_engine one "$ENGINE" "$TCP"
}

teardown_file() { end_engine one KILL; }

make_store() {
    URL=http://127.0.0.1:$ENGINE/$1
    run_tool store init "$URL"
    equal "$status" 0 "exit code ($stderr)"
}

count() { query "$ENGINE" "SELECT $1" 2> /dev/null; }
has_come() { [[ $(count "uniq(key) FROM ${URL##*/}.verdicts WHERE type = 'verdict'") == "$1" ]]; }

# is_as_of_files FILE: report prints of the store what it prints of the file.
is_as_of_files() {
    "$TCPBLAME" report -j "$1" > "$BATS_TEST_TMPDIR/of-files" 2> /dev/null
    "$TCPBLAME" report -j --store "$URL" 2> "$BATS_TEST_TMPDIR/said" | cmp - "$BATS_TEST_TMPDIR/of-files" ||
        give_up "$(cat "$BATS_TEST_TMPDIR/said")"
}

@test "an engine that is killed amid inserts, again and again, has all in the end, each once" {
    local file=$BATS_TEST_TMPDIR/inserts.rec storm pause
    PORT=$(free_port)
    make_store inserts
    start_tool record -w "$file" --store "$URL" --store-spool "$BATS_TEST_TMPDIR/spool" -P "$PORT"
    break_connections 6000 3>&- &
    storm=$!
    for pause in 0.3 0.7 1.1; do
        sleep "$pause"
        end_engine one KILL
        start_engine one "$ENGINE" "$TCP"
    done
    wait "$storm"
    eventually has_come 6000 || give_up "verdicts: $(count "uniq(key) FROM inserts.verdicts WHERE type = 'verdict'"); $(cat "$ERR")"
    stop_tool
    contains "$(cat "$ERR")" ' is back: it was away for '
    lacks "$(cat "$ERR")" 'missing there'
    is_as_of_files "$file"
    equal "$(jq -s 'map(select(.type == "verdict")) | length' "$BATS_TEST_TMPDIR/of-files")" 6000 'verdicts of the files'
}

@test "a spool on a full disk: the run goes on, and what was not kept is said, by it and by the report" {
    local file=$BATS_TEST_TMPDIR/full.rec
    PORT=$(free_port)
    make_store full
    DISK=$BATS_TEST_TMPDIR/disk
    mkdir "$DISK"
    mount -t tmpfs -o size=128k tcpblame-test "$DISK"
    start_tool record -w "$file" --store "$URL" --store-spool "$DISK/spool" -P "$PORT"
    end_engine one KILL
    break_connections 3000
    sleep 2 # it is spooled twice a second
    start_engine one "$ENGINE" "$TCP"
    stop_tool # before it has seen that the engine is back: what is spooled makes room for how the run ended
    contains "$(cat "$ERR")" 'is full: what is recorded from now on is missing there'
    contains "$(cat "$ERR")" 'rows that found no room meanwhile, and are missing there: '
    contains "$(cat "$ERR")" 'tcpblame store load '
    run_tool report -j --store "$URL"
    equal "$status" 0 'exit code'
    contains "$stderr" 'that are missing in the store: '
    # What is said is no other thing than what the files say, if it is said at all; and it does not claim more.
    "$TCPBLAME" report -j "$file" > "$BATS_TEST_TMPDIR/of-files" 2> /dev/null
    jq -r 'select(.type == "verdict") | "\(.event_id) \(.cause)"' "$BATS_TEST_TMPDIR/of-files" | sort > "$BATS_TEST_TMPDIR/all"
    jq -r 'select(.type == "verdict" and .confidence == "observed") | "\(.event_id) \(.cause)"' <<< "$output" | sort |
        comm -23 - "$BATS_TEST_TMPDIR/all" > "$BATS_TEST_TMPDIR/others"
    equal "$(cat "$BATS_TEST_TMPDIR/others")" '' 'what only the store claims'
    [[ $(jq 'select(.type == "verdict") | .event_id' <<< "$output" | sort -u | wc -l) -lt 3001 ]] ||
        give_up 'nothing is missing'
    # The recording has what is missing.
    run_tool store load "$URL" "$file"
    is_as_of_files "$file"
}

# stand_in_by_clock SECONDS: an engine at $STAND_IN whose clock is so much ahead of ours.
stand_in_by_clock() {
    STAND_IN=$(free_port)
    /usr/bin/python3 "$BATS_TEST_DIRNAME/other_clock.py" "$STAND_IN" "$ENGINE" "$1" < /dev/null > /dev/null 2>&1 3>&- &
    CHILDREN+=($!)
    eventually curl -s -o /dev/null --data 'SELECT 1' "http://127.0.0.1:$STAND_IN/" || give_up 'nobody stands in'
}

@test "a clock that is far from the store's is said, and one that is not, is not" {
    local ahead
    for ahead in 3600 0; do
        PORT=$(free_port)
        make_store "clock$ahead"
        stand_in_by_clock "$ahead"
        start_tool record --store "http://127.0.0.1:$STAND_IN/clock$ahead" -P "$PORT"
        break_connections 1
        eventually has_come 1 || give_up "no verdict comes: $(cat "$ERR")"
        stop_tool
        if ((ahead)); then
            contains "$(cat "$ERR")" " s behind that of the store: what happens here is kept there under another time"
        else
            lacks "$(cat "$ERR")" 'clock is'
        fi
    done
}
