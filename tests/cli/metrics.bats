#!/usr/bin/env bats
# Counters over HTTP, as Prometheus reads them: Debian's own scrapes them here, and its rules fire.
# bats file_tags=root

load helper

ask() { curl -s --max-time 5 "$@"; }

start_counting() {
    METRICS=$(free_port)
    start_tool -j "$@" --metrics "$METRICS"
}

series() { ask "http://127.0.0.1:$METRICS/metrics" | grep -F "$1" | sed 's/.* //'; }
has_counted() { [[ $(series "$1") == "$2" ]]; }

KILLED='tcpblame_failed_writes_total{cause="peer-closed",error="EPIPE",disposition="killed"}'
BROKEN='tcpblame_broken_connections_total{cause="peer-closed",confidence="observed"}'

@test "what breaks is counted, once, and promtool finds nothing wrong" {
    start_story "$STORIES/close_then_write_twice" --port "$(free_port)"
    start_counting -p "$SUBJECT"
    equal "$(ask "http://127.0.0.1:$METRICS/healthz")" ok /healthz
    equal "$(series "$KILLED")" 0 'before anything breaks'
    report_story
    eventually has_counted "$KILLED" 1 || give_up "$(ask "http://127.0.0.1:$METRICS/metrics")"
    eventually has_counted "$BROKEN" 1 || give_up "$(ask "http://127.0.0.1:$METRICS/metrics")"
    ask "http://127.0.0.1:$METRICS/metrics" | promtool check metrics || give_up 'promtool finds something wrong'
    ask "http://127.0.0.1:$METRICS/metrics" | grep -v '^#' | grep -E "$SUBJECT|127\.0\.0\.1" && give_up 'it names somebody'
    stop_tool
}

@test "who asks for something else, or in another way, or nothing at all, harms nobody" {
    start_counting -P 1
    equal "$(ask -o /dev/null -w '%{http_code}' "http://127.0.0.1:$METRICS/other")" 404 'another page'
    equal "$(ask -o /dev/null -w '%{http_code}' -X DELETE "http://127.0.0.1:$METRICS/metrics")" 501 'another method'
    ask -o /dev/null -H "long: $(printf 'x%.0s' {1..20000})" "http://127.0.0.1:$METRICS/metrics" || true
    exec {SILENT}<> "/dev/tcp/127.0.0.1/$METRICS"
    equal "$(ask "http://127.0.0.1:$METRICS/healthz")" ok 'beside one who says nothing'
    exec {SILENT}>&-
    stop_tool
    equal "$CODE" 0 'exit code'
}

@test "a port that is taken, and what is no address, are clear errors" {
    start_counting -P 1
    EXPECTED=1 run_tool -P 1 --metrics "$METRICS"
    contains "$stderr" "cannot listen at 127.0.0.1, port $METRICS"
    contains "$stderr" 'ss -ltnp'
    stop_tool
    refused_as 2 "--metrics does not take '0'" -P 1 --metrics 0
    refused_as 2 "--metrics does not take 'localhost:9435'" -P 1 --metrics localhost:9435
    refused_as 2 "--metrics does not take '::1:9435'" -P 1 --metrics ::1:9435
}

@test "it listens where it is asked to" {
    METRICS=$(free_port)
    start_tool -j -P 1 --metrics "[::1]:$METRICS"
    equal "$(ask "http://[::1]:$METRICS/healthz")" ok /healthz
    ask "http://127.0.0.1:$METRICS/healthz" && give_up 'it listens at another address, too'
    stop_tool
}

# query EXPRESSION: what Prometheus says to it.
query() { ask --data-urlencode "query=$1" "http://127.0.0.1:$PROMETHEUS/api/v1/query"; }
is_scraped() { [[ $(query 'tcpblame_build_info' | jq '.data.result | length') == 1 ]]; }
fires() { ask "http://127.0.0.1:$PROMETHEUS/api/v1/alerts" | jq -e --arg alert "$1" \
    '.data.alerts[] | select(.labels.alertname == $alert and .state == "firing")' > /dev/null; }

@test "Prometheus scrapes it, its rules fire at the first burst, and each query of the dashboard is answered" {
    local folder=$BATS_TEST_TMPDIR expression
    promtool check rules "$ROOT/userspace/package/prometheus/tcpblame.rules.yml"
    start_story "$STORIES/close_then_write_twice" --port "$(free_port)"
    start_counting -p "$SUBJECT"
    PROMETHEUS=$(free_port)
    cat > "$folder/prometheus.yml" << END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$ROOT/userspace/package/prometheus/tcpblame.rules.yml"]
scrape_configs: [{job_name: tcpblame, static_configs: [{targets: ["127.0.0.1:$METRICS"]}]}]
END
    prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
        --web.listen-address="127.0.0.1:$PROMETHEUS" < /dev/null > "$folder/prometheus.log" 2>&1 3>&- &
    CHILDREN+=($!)
    eventually is_scraped || give_up "$(tail -3 "$folder/prometheus.log")"
    sleep 2 # it has seen the series at 0
    report_story
    eventually fires TcpblameProcessesDieOfSigpipe || give_up "$(ask "http://127.0.0.1:$PROMETHEUS/api/v1/alerts")"
    while read -r expression; do
        equal "$(query "$expression" | jq -r .status)" success "$expression"
    done < <(jq -r '.panels[].targets[].expr' "$ROOT/userspace/package/prometheus/tcpblame-dashboard.json")
    equal "$(query 'sum(increase(tcpblame_failed_writes_total{disposition="killed"}[5m])) > bool 0' |
        jq -r '.data.result[0].value[1]')" 1 'the first of a burst'
    stop_tool
}
