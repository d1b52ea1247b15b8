# Debian's ClickHouse for one test file: on the loopback, with ports, configuration and data of its own, ended by pid.
# For setup_file and teardown_file; the password of the user "agent" is "secret".

# start_engine NAME PORT TCP_PORT: returns when it answers. ENGINE_EXTRA: more of its configuration.
start_engine() {
    local folder=$BATS_FILE_TMPDIR/$1 until=$((SECONDS + 60))
    mkdir -p "$folder/data" "$folder/tmp"
    cat > "$folder/users.xml" << END
<yandex>
  <users>
    <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
    <agent><password>secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></agent>
  </users>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
</yandex>
END
    cat > "$folder/config.xml" << END
<yandex>
  <logger><level>warning</level><log>$folder/log</log><errorlog>$folder/errors</errorlog></logger>
  <http_port>$2</http_port> <tcp_port>$3</tcp_port> <listen_host>127.0.0.1</listen_host>
  <path>$folder/data/</path> <tmp_path>$folder/tmp/</tmp_path> <users_config>users.xml</users_config>
  <default_profile>default</default_profile> <default_database>default</default_database>
  <mark_cache_size>5368709</mark_cache_size>
  ${ENGINE_EXTRA-}
</yandex>
END
    # No child of ours: teardown waits for all of those.
    (
        /usr/sbin/clickhouse-server --config-file="$folder/config.xml" > "$folder/out" 2>&1 3>&- &
        echo $! > "$folder/pid"
    )
    while ! [[ $(curl -s --max-time 2 "http://127.0.0.1:$2/ping") == Ok. ]]; do
        ((SECONDS < until)) || give_up "ClickHouse does not start: $(cat "$folder/out" "$folder/errors")"
        sleep 0.1
    done
}

# end_engine NAME [SIGNAL]
end_engine() {
    local pid
    pid=$(cat "$BATS_FILE_TMPDIR/$1/pid")
    kill "-${2-TERM}" "$pid" 2> /dev/null || return 0
    eventually is_over "$pid" || kill -KILL "$pid"
}

# query PORT SQL
query() { curl -sS --max-time 20 "http://127.0.0.1:$1/" --data-binary "$2"; }
