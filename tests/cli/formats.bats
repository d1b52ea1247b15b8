#!/usr/bin/env bats
# The formats of a report, reported of what is recorded in tests/recordings.

load helper

RECORDED=$BATS_TEST_DIRNAME/../recordings/6.12.107

@test "a table has a line for each verdict, aligned" {
    export TZ=UTC
    run_tool report --format table "$RECORDED"/{close-then-write-twice.at-once,server-killed,linger-zero,pipe.found}.rec
    equal "$status" 0 'exit code'
    equal "$output" "$(< "$BATS_TEST_DIRNAME/table.txt")" 'the table'
}

@test "a filter that matches nothing is no all-clear" {
    local all=$RECORDED/close-then-write-twice.at-once.rec
    run_tool report -P 9 "$all" "$RECORDED/server-killed.rec"
    equal "$status" 0 'exit code'
    equal "$output" '0 of 2 verdicts match: what this report is asked for leaves all of them out' 'the summary'
    run_tool report --since +1h "$all"
    contains "$output" '0 of 1 verdict matches'
    lacks "$output" 'no write failed'
    run_tool report -j -P 9 "$all"
    contains "${lines[-1]}" '"verdicts":0,"teardowns":0,"lost_events":0,"passed_over":1,'
    run_tool report -j "$all"
    lacks "$output" passed_over
    run_tool report -n orders-api -P "$(report_port "$all")" "$all" "$RECORDED/server-killed.rec"
    contains "$output" '1 failed write'
    contains "$output" '1 more verdict: not what this report is asked for'
}

# report_port RECORDING: of its first connection.
report_port() { "$TCPBLAME" report -j "$1" | jq -r 'select(.connection) | .connection.local' | head -1 | sed 's/.*://'; }

@test "--wide is --format table" {
    run_tool report --wide "$RECORDED/server-killed.rec"
    local first=$output
    run_tool report --format table "$RECORDED/server-killed.rec"
    equal "$first" "$output" 'the table'
}

@test "a table has all of many that are alike" {
    run_tool report --wide "$RECORDED"/ktls.*.rec "$RECORDED"/accept-queue-overflow.rec
    local rows
    rows=$(grep -cE '^[0-9:.]{12}  ' <<< "$output")
    run_tool report -j "$RECORDED"/ktls.*.rec "$RECORDED"/accept-queue-overflow.rec
    ((rows >= $(grep -c '"type":"verdict"' <<< "$output"))) || give_up "$rows lines"
}

@test "--json is --format jsonl, and no flag is --format text" {
    run_tool report -j "$RECORDED/server-killed.rec"
    local first=$output
    run_tool report --format jsonl "$RECORDED/server-killed.rec"
    equal "$first" "$output" 'the lines'
    run_tool report "$RECORDED/server-killed.rec"
    first=$output
    run_tool report --format text "$RECORDED/server-killed.rec"
    equal "$first" "$output" 'the text'
}

@test "one format is asked for at a time, and by a name that there is" {
    refused_as 2 'it takes text, table, jsonl, otlp or ecs' --format xml
    refused_as 2 '--format and --json are given' --format otlp --json
    refused_as 2 '--format otlp and --format ecs are not for doctor' doctor --format otlp
    refused_as 2 '--format otlp and --format ecs are not for doctor' --dry-run --format ecs
    refused_as 2 '--json and --wide are given' -j --wide
    refused_as 2 '--format and --json are given' --format table -j
    refused_as 2 '--html and --perfetto are given' report --html a --perfetto b c
    refused_as 2 '--wide is not for record' record --wide -w a
    refused_as 2 '--wide is not for doctor' doctor --wide
}

@test "a page and a trace are of recordings, and into files of their own" {
    local flag
    for flag in --html --perfetto; do
        refused_as 2 "$flag is for report" "$flag" page
        refused_as 2 "$flag is for report" record -w a "$flag" page
        refused_as 2 "--output is given beside $flag" report "$flag" page --output b c
        refused_as 2 "invalid $flag ''" report "$flag" '' c
        refused_as 2 "$flag names the recording" report "$flag" c c
        refused_as 1 'No such file or directory' report "$flag" /nonexistent/page "$RECORDED/server-killed.rec"
    done
}

@test "a page holds the lines of --json, and nothing that could end its script" {
    local page=$BATS_TEST_TMPDIR/page.html
    run_tool report --html "$page" "$RECORDED/hostile-name.rec"
    equal "$status" 0 'exit code'
    equal "$output" '' 'standard output'
    sed -n '/id="data">$/,/^<\/script>/{//!p}' "$page" > "$BATS_TEST_TMPDIR/pieces"
    equal "$(tr -d 'A-Za-z0-9+/=\n' < "$BATS_TEST_TMPDIR/pieces")" '' 'what is not base64'
    run_tool report -j "$RECORDED/hostile-name.rec"
    equal "$(/usr/bin/python3 -B "$BATS_TEST_DIRNAME/../page/packed.py" "$page" | grep -v '"type":"words"')" "$output" 'the lines'
    equal "$(grep -oE 'https?://[^"]*' "$page")" 'http://www.w3.org/2000/svg' 'addresses in the page, of which that is a name'
}

@test "a page's policy names the very script and styles that are in it" {
    run_tool report --html - "$RECORDED/server-killed.rec"
    /usr/bin/python3 - <(cat <<< "$output") << 'END'
import base64, hashlib, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
assert policy.startswith("default-src 'none'; "), policy
for element, directive in (("style", "style-src"), ("script", "script-src")):
    text = re.search(rf"<{element}>(.*?)</{element}>", page, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"{directive} 'sha256-{digest}'" in policy, (directive, digest, policy)
END
}

@test "a trace keeps the rules of its format, whatever was recorded" {
    local trace=$BATS_TEST_TMPDIR/trace.json
    run_tool report --all --perfetto "$trace" "$RECORDED"/*.rec
    equal "$status" 0 'exit code'
    run /usr/bin/python3 -B "$BATS_TEST_DIRNAME/check_trace.py" "$trace"
    equal "$status" 0 "broken rules: $output"
    contains "$output" "'X':"
}

@test "a trace has a track for each connection and for each thread whose write failed" {
    run_tool report --perfetto "$BATS_TEST_TMPDIR/trace.json" "$RECORDED/server-killed.rec"
    /usr/bin/python3 - "$BATS_TEST_TMPDIR/trace.json" << 'END'
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
names = {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"}
tracks = {}
for event in events:
    if event["ph"] != "M":
        tracks.setdefault(names[event["pid"], event["tid"]], []).append((event["ph"], event["name"]))
assert tracks == {
    "127.0.0.1:41542 → 127.0.0.1:13645": [
        ("X", "CLOSE_WAIT"), ("X", "CLOSE"), ("i", "← FIN"), ("i", "3 B →"), ("i", "← RST"), ("i", "write = EPIPE")],
    "flusher": [("i", "write = EPIPE")],
    "server": [("i", "killed by SIGKILL")],
}, tracks
END
}

@test "the checker of traces finds what is amiss" {
    local bad
    for bad in '{}' '{"traceEvents":[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0}]}' \
        '{"traceEvents":[{"ph":"i","name":"a","pid":1,"tid":1,"ts":0,"cat":"b"}]}' \
        '{"traceEvents":[{"ph":"i","name":"a","pid":1,"tid":1,"ts":0,"cat":"b","s":"t"}]}' \
        '{"traceEvents":[{"ph":"B","name":"a","pid":1,"tid":1,"ts":0,"cat":"b"}]}' \
        '{"traceEvents":[{"ph":"M","name":"process_name","pid":1,"tid":1,"args":{"name":"p"}},
          {"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"t"}},
          {"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":2,"cat":"c"},
          {"ph":"X","name":"b","pid":1,"tid":1,"ts":1,"dur":2,"cat":"c"}]}'; do
        echo "$bad" > "$BATS_TEST_TMPDIR/bad.json"
        run /usr/bin/python3 -B "$BATS_TEST_DIRNAME/check_trace.py" "$BATS_TEST_TMPDIR/bad.json"
        equal "$status" 1 "of $bad"
    done
}
