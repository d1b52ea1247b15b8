#!/usr/bin/env bats
# OpenTelemetry's log records and the Elastic Common Schema: each line is held to what has been published of them.
# bats file_tags=root

load helper

RECORDED=$BATS_TEST_DIRNAME/../recordings
SCHEMAS=$BATS_TEST_DIRNAME/../schemas

# conform FORMAT FILE: every line of it; prints how many there are.
conform() { /usr/bin/python3 -B "$SCHEMAS/check_$1.py" "$2"; }

# of_otlp ATTRIBUTE: of the records in $OUT, one a line; - where a record has it not.
of_otlp() {
    jq -r --arg name "$1" '.resourceLogs[].scopeLogs[].logRecords[] | [.attributes[] | select(.key == $name) |
        .value | to_entries[0].value] | if length == 1 then .[0] else "-" end' "$OUT"
}

@test "what is printed live keeps to the schema, and is what the recording reports, byte for byte" {
    local format
    for format in otlp ecs; do
        RECORDING=$BATS_TEST_TMPDIR/recording.$format
        PORT=$(free_port)
        rm -f "$BATS_TEST_TMPDIR"/story.*
        start_story "$STORIES/close_then_write_twice" --port "$PORT"
        start_tool --format "$format" -P "$PORT" --write "$RECORDING"
        report_story
        eventually grep -qE 'tcpblame\.verdict' "$OUT"
        sleep 1
        stop_tool
        equal "$(cat "$ERR")" '' 'standard error'
        conform "$format" "$OUT" || give_up "$(cat "$OUT")"
        "$TCPBLAME" report --format "$format" "$RECORDING" > "$BATS_TEST_TMPDIR/reported"
        cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
        cp "$OUT" "$BATS_TEST_TMPDIR/$format"
    done
    OUT=$BATS_TEST_TMPDIR/otlp
    equal "$(of_otlp error.type | xargs)" '- EPIPE peer-closed -' 'the errors of OpenTelemetry'
    equal "$(of_otlp process.executable.name | sed -n 2p)" orders-api 'the process there'
    equal "$(of_otlp network.peer.address | sed -n 2p)" 127.0.0.1 'its peer'
    equal "$(of_otlp tcpblame.primary | xargs)" '- true - -' 'what counts there'
    equal "$(jq -r '.event.action' "$BATS_TEST_TMPDIR/ecs" | xargs)" \
        'watching-started write-failed connection-broken watching-ended' 'the actions of ECS'
    equal "$(jq -r '.host | "\(.name) \(.boot.id)"' "$BATS_TEST_TMPDIR/ecs" | sort -u)" \
        "$(uname -n) $(< /proc/sys/kernel/random/boot_id)" 'the host there'
}

@test "run prints them, too" {
    local format
    for format in otlp ecs; do
        run_tool run --format "$format" -o "$BATS_TEST_TMPDIR/$format" -- sh -c 'exec python3 -c "
import os, signal
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
reader, writer = os.pipe()
os.close(reader)
try: os.write(writer, b\"x\")
except BrokenPipeError: pass
"'
        equal "$status" 0 'exit code'
        conform "$format" "$BATS_TEST_TMPDIR/$format"
        contains "$(cat "$BATS_TEST_TMPDIR/$format")" pipe-reader-gone
    done
}

@test "all that was ever recorded keeps to the schemas, whatever processes are called" {
    local format
    for format in otlp ecs; do
        "$TCPBLAME" report --all --format "$format" "$RECORDED"/6.12.107/*.rec > "$BATS_TEST_TMPDIR/$format" 2> "$ERR"
        run conform "$format" "$BATS_TEST_TMPDIR/$format"
        equal "$status" 0 "what is amiss: $output"
        [[ $output =~ ^[0-9]{3,}\  ]] || give_up "few: $output"
    done
    equal "$(wc -l < "$BATS_TEST_TMPDIR/otlp")" "$(wc -l < "$BATS_TEST_TMPDIR/ecs")" 'lines'
    for format in otlp ecs; do
        "$TCPBLAME" report --format "$format" "$RECORDED"/6.12.107/hostile-name.rec > "$BATS_TEST_TMPDIR/hostile"
        conform "$format" "$BATS_TEST_TMPDIR/hostile"
    done
}

@test "the checkers find what is amiss" {
    local good=$BATS_TEST_TMPDIR/good bad=$BATS_TEST_TMPDIR/bad change
    "$TCPBLAME" report --format otlp "$RECORDED/6.12.117/server-killed.rec" > "$good"
    for change in 's/"timeUnixNano"/"time"/' 's/"severityNumber":17/"severityNumber":18/' \
        's/"intValue":"[0-9]*"/"intValue":"many"/' 's/"stringValue":"tcp"/"intValue":"6"/' \
        's/"network.peer.address"/"network.peer.adress"/' 's/"scopeLogs"/"scope_logs"/' 's/"eventName":"tcpblame/&x/' \
        's/"process.pid","value":{"intValue"/"process.pid","value":{"stringValue"/'; do
        sed "$change" "$good" > "$bad"
        ! cmp -s "$good" "$bad" || give_up "$change changes nothing"
        run conform otlp "$bad"
        equal "$status" 1 "of $change"
    done
    "$TCPBLAME" report --format ecs "$RECORDED/6.12.117/server-killed.rec" > "$good"
    for change in 's/"pid":317/"pid":"317"/' 's/"ip":"127/"ip":"x127/' 's/"kind":"event"/"kind":"evil"/' \
        's/"executable"/"exe"/' 's/"type":\["connection"/"type":["error"/' 's/"version":"9/"version":"8/' \
        's/"@timestamp"/"timestamp"/' 's/"category":\["network"\]/"category":"network"/'; do
        sed "$change" "$good" > "$bad"
        ! cmp -s "$good" "$bad" || give_up "$change changes nothing"
        run conform ecs "$bad"
        equal "$status" 1 "of $change"
    done
}
