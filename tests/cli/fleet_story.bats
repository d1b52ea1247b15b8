#!/usr/bin/env bats
# A fleet of three hosts, each in namespaces of its own and with an agent: a client, nginx, and behind that a worker that
# the OOM killer takes. The agents send to Debian's ClickHouse, two servers of one cluster; Prometheus reads their counters.
# bats file_tags=root

load helper
load clickhouse.bash

HOSTS=(web-client web-proxy web-worker)

setup_file() {
    export ENGINE OTHER ENGINE_EXTRA
    # shellcheck disable=SC2046 # words
    set -- $(free_ports 4)
    ENGINE=$1 OTHER=$3
    ENGINE_EXTRA="<remote_servers><fleet>$(for port in "$2" "$4"; do
        echo "<shard><replica><host>127.0.0.1</host><port>$port</port></replica></shard>"
    done)</fleet></remote_servers>"
    start_engine one "$ENGINE" "$2"
    start_engine two "$OTHER" "$4"
    echo "$2 $4" > "$BATS_FILE_TMPDIR/ports"
}

teardown_file() {
    end_engine one KILL
    end_engine two KILL
}

lay_networks() {
    local host
    SPACES=()
    for host in "${HOSTS[@]}"; do
        make_network "$host"
        SPACES+=("$NETWORK_NAME")
    done
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oom_fleet.py" wires "${SPACES[@]}" \
        < /dev/null > "$BATS_TEST_TMPDIR/wires" 2>&1 3>&- &
    CHILDREN+=($!)
    eventually grep -q laid "$BATS_TEST_TMPDIR/wires" || give_up "$(cat "$BATS_TEST_TMPDIR/wires")"
}

# start_agent NUMBER: of that host.
start_agent() {
    local host=${HOSTS[$1]}
    OUT=$BATS_TEST_TMPDIR/$host.out ERR=$BATS_TEST_TMPDIR/$host.err
    # shellcheck disable=SC2016 # for that shell
    RUN_BY=(unshare --uts sh -c 'hostname "$0" && exec "$@"' "$host")
    start_tool agent --netns "${SPACES[$1]}" -w "$BATS_TEST_TMPDIR/$host" --max-size 64M --max-files 3 \
        --store "$URL" --store-spool "$BATS_TEST_TMPDIR/$host.spool" --metrics "${COUNTERS[$1]}"
    RUN_BY=()
    AGENTS[$1]=$TOOL
}

stop_agent() {
    TOOL=${AGENTS[$1]}
    kill -TERM "$TOOL"
    await_tool
    # shellcheck disable=SC2153 # await_tool sets it
    equal "$CODE" 0 'exit code'
}

start_agents() {
    local number
    AGENTS=()
    COUNTERS=()
    for number in 0 1 2; do COUNTERS[number]=$(free_port); done
    for number in 0 1 2; do start_agent "$number"; done
}

start_nginx() {
    local folder=$BATS_TEST_TMPDIR/nginx
    mkdir -p "$folder"
    chmod 755 "$BATS_TEST_TMPDIR" "$folder"
    cat > "$folder/nginx.conf" << END
daemon off; master_process off; pid $folder/pid; error_log $folder/error.log;
events { worker_connections 64; }
http {
    access_log off; client_body_temp_path $folder; proxy_temp_path $folder;
    fastcgi_temp_path $folder; uwsgi_temp_path $folder; scgi_temp_path $folder;
    server { listen 10.79.2.1:80; location / { proxy_pass http://10.79.3.9:8080; proxy_buffering off; } }
}
END
    nsenter --net="/run/netns/${SPACES[1]}" nginx -c "$folder/nginx.conf" < /dev/null > "$folder/out" 2>&1 3>&- &
    NGINX=$!
    CHILDREN+=("$NGINX")
    eventually nsenter --net="/run/netns/${SPACES[1]}" sh -c 'ss -ltnH | grep -q :80' || give_up "$(cat "$folder/error.log")"
}

# play_story: a worker is killed amid its answer, and the client's next request fails.
play_story() {
    local worker client code=0 group=tcpblame-fleet-$$
    : > "$BATS_TEST_TMPDIR/worker"
    nsenter --net="/run/netns/${SPACES[2]}" /usr/bin/python3 "$BATS_TEST_DIRNAME/oom_fleet.py" worker 8080 "$group" \
        < /dev/null > "$BATS_TEST_TMPDIR/worker" 2>&1 3>&- &
    worker=$!
    CHILDREN+=("$worker")
    eventually grep -q listens "$BATS_TEST_TMPDIR/worker" || give_up "$(cat "$BATS_TEST_TMPDIR/worker")"
    nsenter --net="/run/netns/${SPACES[0]}" /usr/bin/python3 "$BATS_TEST_DIRNAME/oom_fleet.py" client 10.79.1.9:80 \
        < /dev/null > "$BATS_TEST_TMPDIR/client" 2>&1 3>&- &
    client=$!
    CHILDREN+=("$client")
    wait "$client" || code=$?
    equal "$code" 141 "the client's exit code ($(cat "$BATS_TEST_TMPDIR/client"))"
    code=0
    wait "$worker" || code=$?
    equal "$code" 137 "the worker's exit code ($(cat "$BATS_TEST_TMPDIR/worker"))"
    eventually remove_memory_group "$group"
}

remove_memory_group() {
    local where
    where=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/self/mounts)
    rmdir "${where:-$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)}/$1"
}

# make_store NAME: empty, over both servers.
make_store() {
    URL=http://127.0.0.1:$ENGINE/$1
    local port
    for port in "$ENGINE" "$OTHER"; do
        run_tool store init "http://127.0.0.1:$port/$1" --cluster fleet
        equal "$status" 0 "exit code ($stderr)"
    done
}

# has_verdicts NUMBER: the store, of failed writes of the client.
has_verdicts() {
    (($(query "$ENGINE" "SELECT uniq(key) FROM ${URL##*/}.verdicts WHERE type = 'verdict' AND process = 'client'") >= $1))
}

# chain_of_client: of each of its failed writes, who is behind it.
chain_of_client() {
    jq -r 'select(.type == "verdict" and .process.name == "client") | "\(.host): \(.write.error) ← " +
        "\(.peer.process.name)@\(.peer.process.host) ← " + ([.why[]? | "\(.code) \(.process.name)@\(.process.host)"] | join(" ← "))'
}

ONE_STORY='web-client: EPIPE ← nginx@web-proxy ← passed-on nginx@web-proxy ← oom-killed worker@web-worker'

# same_as_files ARGUMENT…: what report prints from the store is what it prints of the agents' own files.
same_as_files() {
    run --separate-stderr "$TCPBLAME" report "$@" "$BATS_TEST_TMPDIR"/web-{client,proxy,worker}.[1-9]
    cp <(echo "$output") "$BATS_TEST_TMPDIR/of-files"
    run_tool report "$@" --store "$URL"
    diff <(echo "$output") "$BATS_TEST_TMPDIR/of-files" || give_up "$stderr"
}

ask() { curl -s --max-time 5 "$@"; }
is_scraped() {
    [[ $(ask --data-urlencode 'query=tcpblame_build_info' "$PROMETHEUS/api/v1/query" | jq '.data.result | length') == 3 ]]
}
fires() {
    ask "$PROMETHEUS/api/v1/alerts" | jq -e --arg alert "$1" --arg instance "127.0.0.1:$2" '.data.alerts[] |
        select(.labels.alertname == $alert and .labels.instance == $instance and .state == "firing")' > /dev/null
}

start_prometheus() {
    local folder=$BATS_TEST_TMPDIR/prometheus port
    mkdir -p "$folder"
    port=$(free_port)
    PROMETHEUS=http://127.0.0.1:$port
    cat > "$folder/prometheus.yml" << END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$ROOT/userspace/package/prometheus/tcpblame.rules.yml"]
scrape_configs: [{job_name: tcpblame, static_configs: [{targets: [$(printf '"127.0.0.1:%s",' "${COUNTERS[@]}")]}]}]
END
    prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
        --web.listen-address="127.0.0.1:$port" < /dev/null > "$folder/log" 2>&1 3>&- &
    CHILDREN+=($!)
    eventually is_scraped || give_up "$(tail -3 "$folder/log")"
    sleep 2 # it has seen the series at 0
}

@test "one story, from the client to the OOM killer's victim, is reported from the store as from the three files, and the alert fires" {
    make_store story
    lay_networks
    start_agents
    start_prometheus
    start_nginx
    play_story
    eventually has_verdicts 1 || give_up "no verdict comes: $(cat "$BATS_TEST_TMPDIR"/web-*.err)"
    eventually fires TcpblameProcessesDieOfSigpipe "${COUNTERS[0]}" || give_up "$(ask "$PROMETHEUS/api/v1/alerts")"
    for number in 0 1 2; do stop_agent "$number"; done
    same_as_files -j
    equal "$(chain_of_client <<< "$output")" "$ONE_STORY" 'the story'
    # Of this connection alone, though addresses are rewritten between the hosts.
    local id
    id=$(jq -r 'select(.type == "verdict" and .process.name == "client") | .connection.id' <<< "$output")
    same_as_files -j --connection "web-client/$id"
    equal "$(chain_of_client <<< "$output")" "$ONE_STORY" 'the story'
    run_tool report --store "$URL" -n client
    contains "$(tr -s ' \n' ' ' <<< "$output")" 'the OOM killer'
    # Both ends of each connection lie on one server.
    equal "$(query "$ENGINE" "SELECT max(servers) FROM (SELECT flow, uniq(shard) AS servers FROM
        (SELECT flow, 1 AS shard FROM story.frames_here UNION ALL
         SELECT flow, 2 AS shard FROM remote('127.0.0.1:$(cut -d' ' -f2 "$BATS_FILE_TMPDIR/ports")', story.frames_here))
        WHERE flow != 0 GROUP BY flow)")" 1 'servers that a connection is on'
}

@test "killing each part in turn loses nothing" {
    local number
    make_store parts
    lay_networks
    start_agents
    start_nginx
    # A server of the store, of which each connection may be one's or the other's.
    end_engine two KILL
    play_story
    sleep 2.5
    start_engine two "$OTHER" "$(cut -d' ' -f2 "$BATS_FILE_TMPDIR/ports")"
    eventually has_verdicts 1 || give_up "no verdict comes: $(cat "$BATS_TEST_TMPDIR"/web-*.err)"
    # The server that the agents talk to, and each agent while it is away: what they have spooled is sent by the next.
    end_engine one KILL
    play_story
    sleep 2.5 # an agent that is killed loses the last two seconds
    for number in 0 1 2; do
        kill -KILL "${AGENTS[number]}"
        eventually is_over "${AGENTS[number]}"
        start_agent "$number"
    done
    start_engine one "$ENGINE" "$(cut -d' ' -f1 "$BATS_FILE_TMPDIR/ports")"
    eventually has_verdicts 2 || give_up "no verdict comes: $(cat "$BATS_TEST_TMPDIR"/web-*.err)"
    # Nothing at all, once more.
    play_story
    eventually has_verdicts 3 || give_up "no verdict comes: $(cat "$BATS_TEST_TMPDIR"/web-*.err)"
    for number in 0 1 2; do stop_agent "$number"; done
    run_tool report -j --store "$URL"
    equal "$(chain_of_client <<< "$output" | sort | uniq -c | sed 's/^ *//')" "3 $ONE_STORY" 'the stories'
    lacks "$stderr" missing
    lacks "$stderr" damaged
}

@test "what a fleet costs is measured by a command, here of a small one" {
    run --separate-stderr timeout "$PATIENCE" /usr/bin/python3 "$ROOT/tests/bench/fleet.py" --tcpblame "$TCPBLAME" \
        --recordings "$(dirname "$TCPBLAME")/bench/fleet_recordings" --breaks 60 --fleets 2x2 --folder "$BATS_TEST_TMPDIR"
    equal "$status" 0 "exit code ($stderr)"
    [[ ${lines[-1]} =~ ^\|\ 2\ \|\ 2\ \|\ [1-9][0-9,]*\ \|\ [1-9][0-9.]*\ \|\ [1-9][0-9]*\ \| ]] || give_up "a row: ${lines[-1]}"
}
