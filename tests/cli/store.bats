#!/usr/bin/env bats
# A fleet's store: Debian's own ClickHouse, one server and two, sent to by record, and read by report.

load helper
load clickhouse.bash

setup_file() {
    export ENGINE OTHER ENGINE_EXTRA URL
    local ports
    # shellcheck disable=SC2046 # words
    set -- $(free_ports 4)
    ports=("$@")
    ENGINE=${ports[0]}
    OTHER=${ports[2]}
    ENGINE_EXTRA="<remote_servers><fleet>$(for port in "${ports[1]}" "${ports[3]}"; do
        echo "<shard><replica><host>127.0.0.1</host><port>$port</port></replica></shard>"
    done)</fleet></remote_servers>"
    start_engine one "${ports[0]}" "${ports[1]}"
    start_engine two "${ports[2]}" "${ports[3]}"
    echo "$ENGINE ${ports[1]}" > "$BATS_FILE_TMPDIR/one/ports"
}

teardown_file() {
    end_engine one KILL
    end_engine two KILL
}

RECORDINGS=$BATS_TEST_DIRNAME/../recordings/6.12.117

# Of one kernel's hosts, in the order in which they began.
of_hosts() { printf "$RECORDINGS/%s.rec\n" close-then-write-twice.at-once all-then-write.one all-then-write.two killed-by.oom; }

# make_store NAME [ARGUMENT…]: empty; it is at $URL.
make_store() {
    URL=http://127.0.0.1:$ENGINE/$1
    query "$ENGINE" "DROP DATABASE IF EXISTS $1"
    run_tool store init "$URL" "${@:2}"
    equal "$status" 0 'exit code'
    contains "$stderr" 'is ready: ClickHouse 18.16'
}

count() { query "$ENGINE" "SELECT count() FROM $1"; }
has_rows() { (($(count "$1") >= $2)); }

# same_as_files FILE… -- ARGUMENT…: what report prints from the store is what it prints of the files.
same_as_files() {
    local files=()
    while [[ $1 != -- ]]; do files+=("$1"); shift; done
    shift
    "$TCPBLAME" report "$@" "${files[@]}" > "$BATS_TEST_TMPDIR/of-files" 2> /dev/null
    run_tool report "$@" --store "$URL"
    equal "$status" 0 'exit code'
    "$TCPBLAME" report "$@" --store "$URL" 2> /dev/null | cmp - "$BATS_TEST_TMPDIR/of-files"
}

@test "what is loaded is reported as of the files, byte for byte, with every filter" {
    local arguments
    make_store loaded
    mapfile -t files < <(of_hosts)
    run_tool store load "$URL" "${files[@]}"
    equal "$status" 0 'exit code'
    contains "$stderr" 'loaded 132 frames and 7 verdicts into'
    while read -ra arguments; do
        same_as_files "${files[@]}" -- "${arguments[@]}"
    done << 'END'
-j
-v
--wide
-j -P 23758
-j -n client --as both
-j --host 10.0.0.0/8
-j --count 2
-j --since +1s --until +2m
-j --cause peer-closed,killed
-j --process worker
--html -
--perfetto -
END
    [[ -s $BATS_TEST_TMPDIR/of-files ]] || give_up 'nothing is reported'
    # Of a time: what report prints of the recordings of that time.
    same_as_files "${files[3]}" -- -j --since 2026-11-28T16:00:00Z
    same_as_files "${files[@]:1:2}" -- -j --since 2026-11-28T13:20:57.5Z --until 2026-11-28T13:30:00Z
    # Of a connection: of those recordings that it is in, or that are of its time.
    local id community
    read -r id community < <("$TCPBLAME" report -j "${files[3]}" | jq -r 'select(.type == "verdict") | "\(.connection.id) \(.community_id)"' | head -1)
    same_as_files "${files[3]}" -- -j --connection "$community"
    [[ -s $BATS_TEST_TMPDIR/of-files ]] || give_up 'nothing is reported'
    same_as_files "${files[3]}" -- -j --since 2026-11-28T16:00:00Z --connection "guest/$id"
    same_as_files "${files[@]}" -- -j --connection fedcba
    # For queries.
    equal "$(query "$ENGINE" "SELECT cause, error, process, local_port FROM loaded.verdicts WHERE error != ''
        ORDER BY time_ns LIMIT 1 FORMAT TSV")" $'peer-closed\tEPIPE\torders-api\t23733' 'a verdict'
}

@test "a batch that comes twice is there once" {
    local file=$RECORDINGS/killed-by.oom.rec rows
    make_store twice
    run_tool store load "$URL" "$file"
    rows=$(count twice.frames)
    run_tool store load "$URL" "$file"
    equal "$(count twice.frames)" $((2 * rows)) 'rows, before they are merged'
    same_as_files "$file" -- -j
    lacks "$stderr" missing
    lacks "$stderr" twice,
    query "$ENGINE" 'OPTIMIZE TABLE twice.frames FINAL'
    equal "$(count twice.frames)" "$rows" rows
    same_as_files "$file" -- -j
}

@test "what is missing, damaged or another's is said, and crashes nothing" {
    local file=$RECORDINGS/close-then-write-twice.at-once.rec run short gone
    make_store hostile
    run_tool store load "$URL" "$file"
    run=$(query "$ENGINE" 'SELECT any(run) FROM hostile.frames')
    { read -r short; read -r _; read -r gone; } < <(query "$ENGINE" \
        'SELECT sequence FROM hostile.frames WHERE sequence > 6 AND kind < 64 ORDER BY sequence')
    # One is gone, one is no frame, one is there twice and differs; a run without a beginning; one of another host.
    query "$ENGINE" "INSERT INTO hostile.frames SELECT flow, numbers, 'other', run, sequence, time, time_ns, kind, frame
        FROM hostile.frames WHERE sequence < 3"
    query "$ENGINE" "INSERT INTO hostile.frames SELECT flow, numbers, host, run + 1, sequence, time, time_ns, kind, frame
        FROM hostile.frames WHERE sequence > 5 AND host != 'other'"
    query "$ENGINE" "INSERT INTO hostile.frames SELECT flow, numbers, host, run, sequence, time, time_ns, kind, concat(frame, 'x')
        FROM hostile.frames WHERE sequence = 6 AND run = $run"
    query "$ENGINE" "INSERT INTO hostile.frames SELECT flow, numbers, host, run, 18446744073709551615, time, time_ns, kind, frame
        FROM hostile.frames WHERE sequence = 6 AND run = $run"
    run_tool report --store "$URL"
    contains "$stderr" 'is left out: another host has one of that number in the store'
    contains "$stderr" 'of no use: how it began is missing, or damaged'
    query "$ENGINE" 'CREATE TABLE hostile.kept AS hostile.frames'
    query "$ENGINE" "INSERT INTO hostile.kept SELECT flow, numbers, host, run, sequence, time, time_ns, kind,
        if(sequence = $short, 'short', frame) FROM hostile.frames WHERE run = $run AND host != 'other' AND sequence < 1000
        AND sequence != $gone"
    query "$ENGINE" 'DROP TABLE hostile.frames'
    query "$ENGINE" 'RENAME TABLE hostile.kept TO hostile.frames'
    run_tool report -j --store "$URL"
    equal "$status" 0 'exit code'
    contains "$stderr" 'that are missing in the store: 2'
    contains "$stderr" 'in the store that are damaged: 1'
    contains "$stderr" 'in the store twice, and differ: 1'
    equal "$(jq 'select(.type == "end").lost_events' <<< "$output")" 2 'lost events'
    speaks_for_itself
}

@test "a run that was cut short is reported up to there, and it is said since when its host is silent" {
    local file=$BATS_TEST_TMPDIR/cut.rec
    make_store cut
    head -c -1 "$RECORDINGS/killed-by.oom.rec" > "$file"
    run_tool store load "$URL" "$file"
    equal "$status" 5 'exit code'
    contains "$stderr" "$file is damaged"
    run_tool report -j --store "$URL"
    equal "$status" 0 'exit code'
    contains "$stderr" 'guest has sent nothing since 2026-11-28 '
    equal "$(jq -r 'select(.type == "end").reason' <<< "$output")" cut-short 'how it ended'
}

@test "an engine that is away, refuses, or is none, is a clear error" {
    local nobody
    nobody=$(free_port)
    refused_as 1 'cannot be reached: Connection refused' report --store "http://127.0.0.1:$nobody/db"
    refused_as 1 'cannot be reached: ' store init "https://127.0.0.1:$ENGINE/db"
    refused_as 1 "refuses: Database nothing doesn't exist" report --store "http://127.0.0.1:$ENGINE/nothing"
    contains "$stderr" 'tcpblame store init http://'
    make_store empty
    refused_as 1 'holds nothing to report: it is empty' report --store "$URL"
    refused_as 2 "invalid store 'ch1/db'" report --store ch1/db
    refused_as 2 'a user or a password is in the store' report --store http://me:secret@ch1/db
    lacks "$stderr" secret
    refused_as 2 'report is given files and --store' report --store "$URL" file
    refused_as 2 '--store-credentials needs --store' report --store-credentials file file
    refused_as 2 'store needs a step' store
    refused_as 2 "invalid step 'make' of store" store make
    refused_as 2 'store load needs a recording' store load "$URL"
}

@test "a user's password comes from a file of its owner alone" {
    local file=$BATS_TEST_TMPDIR/credentials
    make_store guarded
    echo agent:secret > "$file"
    chmod 644 "$file"
    refused_as 1 "others may use $file: its mode is 0644" report --store "$URL" --store-credentials "$file"
    contains "$stderr" "chmod 600 $file"
    chmod 600 "$file"
    run_tool store load "$URL" "$RECORDINGS/killed-by.oom.rec" --store-credentials "$file"
    equal "$status" 0 'exit code'
    echo agent:wrong > "$file"
    refused_as 1 refuses report --store "$URL" --store-credentials "$file"
    contains "$stderr" --store-credentials
    lacks "$stderr" wrong
}

are_two_at() { [[ $(ss -Hltn "sport = $1" | wc -l) == 2 ]]; }

@test "over TLS, it is asked only where its certificate is trusted" {
    local port address file=$BATS_TEST_TMPDIR/server
    port=$(free_port)
    make_store safe
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$file.key" -out "$file.pem" -days 2 -subj /CN=engine \
        -addext subjectAltName=IP:127.0.0.1 2> /dev/null
    for address in 127.0.0.1 127.0.0.2; do
        socat "OPENSSL-LISTEN:$port,bind=$address,fork,reuseaddr,cert=$file.pem,key=$file.key,verify=0" \
            "TCP:127.0.0.1:$ENGINE" 3>&- &
        CHILDREN+=("$!")
    done
    eventually are_two_at "$port" || give_up 'nobody speaks TLS'
    refused_as 1 'its certificate is not trusted: self-signed certificate' report --store "https://127.0.0.1:$port/safe"
    SSL_CERT_FILE=$file.pem run_tool store load "https://127.0.0.1:$port/safe" "$RECORDINGS/killed-by.oom.rec"
    equal "$status" 0 'exit code'
    SSL_CERT_FILE=$file.pem run_tool report -j --store "https://127.0.0.1:$port/safe"
    contains "$output" '"cause":"peer-closed"'
    # Of another name.
    SSL_CERT_FILE=$file.pem refused_as 1 'certificate is not trusted: ' report --store "https://127.0.0.2:$port/safe"
}

@test "two servers of a cluster hold each connection's ends on one of them, and report what the files do" {
    make_store fleet --cluster fleet
    run_tool store init "http://127.0.0.1:$OTHER/fleet" --cluster fleet
    equal "$status" 0 'exit code'
    mapfile -t files < <(of_hosts)
    run_tool store load "$URL" "${files[@]}"
    equal "$status" 0 'exit code'
    equal "$(query "$ENGINE" 'SELECT count() = (SELECT count() FROM fleet.frames) FROM loaded.frames')" 1 'as many as of one'
    local here there
    here=$(query "$ENGINE" 'SELECT DISTINCT flow FROM fleet.frames_here WHERE flow != 0 ORDER BY flow')
    there=$(query "$OTHER" 'SELECT DISTINCT flow FROM fleet.frames_here WHERE flow != 0 ORDER BY flow')
    [[ -n $here$there ]] || give_up 'no connection'
    equal "$(comm -12 <(sort <<< "$here") <(sort <<< "$there") | grep -vc '^$')" 0 'connections on both'
    same_as_files "${files[@]}" -- -j
    URL=http://127.0.0.1:$OTHER/fleet same_as_files "${files[@]}" -- -j
}

# live_break: a connection breaks that is watched at $PORT.
live_break() {
    rm -f "$BATS_TEST_TMPDIR"/story.*
    start_story "$STORIES/close_then_write_twice" --port "$PORT"
    report_story
}

# bats test_tags=root
@test "record sends what happens while it happens, the very same as it writes, and as nobody" {
    local file=$BATS_TEST_TMPDIR/live.rec
    PORT=$(free_port)
    make_store live
    start_tool record -w "$file" --store "$URL" --store-spool "$BATS_TEST_TMPDIR/spool" -P "$PORT"
    live_break
    eventually has_rows live.verdicts 1 || give_up "no verdict comes: $(cat "$ERR")"
    run_tool report -j --store "$URL" # it is still at work
    equal "$status" 0 'exit code'
    stop_tool
    contains "$(cat "$ERR")" "rows sent to $URL: "
    equal "$(du -b "$BATS_TEST_TMPDIR"/spool/* | awk '{ sum += $1 } END { print sum }')" 0 'bytes left in the spool'
    same_as_files "$file" -- -j
    contains "$output" '"cause":"peer-closed"'
    run_tool store load "$URL" "$file"
    same_as_files "$file" -- -j
    equal "$(query "$ENGINE" 'SELECT uniq(key) FROM live.verdicts')" \
        "$(jq -s 'map(select(.type == "verdict" or .type == "teardown")) | length' "$BATS_TEST_TMPDIR/of-files")" verdicts
}

# bats test_tags=root
@test "what an engine that is away has not got waits in the spool, through a restart of both, and nothing is lost" {
    local file=$BATS_TEST_TMPDIR/away.rec spool=$BATS_TEST_TMPDIR/spool tcp
    PORT=$(free_port)
    make_store away
    start_tool record -w "$file" --store "$URL" --store-spool "$spool" -P "$PORT"
    end_engine one KILL
    live_break
    eventually grep -q 'cannot be reached: ' "$ERR" || give_up "not a word: $(cat "$ERR")"
    contains "$(cat "$ERR")" 'what is recorded waits in the spool'
    stop_tool
    contains "$(cat "$ERR")" 'in the spool, for the next run: '
    read -r _ tcp < "$BATS_FILE_TMPDIR/one/ports"
    start_engine one "$ENGINE" "$tcp"
    start_tool record -w "$file.2" --store "$URL" --store-spool "$spool" -P 1
    contains "$(cat "$ERR")" 'that are still to be sent: '
    eventually has_rows away.verdicts 1 || give_up "nothing comes: $(cat "$ERR")"
    stop_tool
    "$TCPBLAME" report -j "$file" "$file.2" 2> /dev/null > "$BATS_TEST_TMPDIR/of-files"
    run_tool report -j --store "$URL"
    equal "$output" "$(cat "$BATS_TEST_TMPDIR/of-files")" 'from the store'
    contains "$output" '"cause":"peer-closed"'
}

# bats test_tags=root
@test "a recorder that is killed in the middle leaves what it had spooled for the next" {
    local spool=$BATS_TEST_TMPDIR/spool nobody
    nobody=$(free_port)
    PORT=$(free_port)
    make_store killed
    # To where nobody is yet.
    start_tool record --store "http://127.0.0.1:$nobody/killed" --store-spool "$spool" -P "$PORT"
    contains "$(cat "$ERR")" 'it goes on; what is recorded is sent when the store is back'
    live_break
    eventually grep -q . "$spool/segment.0" || give_up 'nothing is spooled'
    sleep 2.5
    kill -KILL "$TOOL"
    wait "$TOOL" || true
    start_tool record --store "$URL" --store-spool "$spool" -P 1
    eventually has_rows killed.verdicts 1 || give_up "nothing comes: $(cat "$ERR")"
    stop_tool
    run_tool report -j --store "$URL"
    equal "$status" 0 'exit code'
    contains "$output" '"cause":"peer-closed"'
}
