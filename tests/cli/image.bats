#!/usr/bin/env bats
# The container image: built by its Containerfile without a daemon, and run by runc as the DaemonSet's pod would be, it
# says who breaks a connection of the host.
# bats file_tags=root

load helper

DAEMON_SET=$ROOT/userspace/package/kubernetes/daemonset.yaml

# The static program is built by scripts/kernels; here only where it is not there.
teardown_file() { rm -r "$STORIES"; }

setup_file() {
    make_public_story close_then_write_twice
    local build made=$BATS_FILE_TMPDIR
    local storage=(--root "$made/storage" --runroot "$made/run" --storage-driver vfs)
    build=$(dirname "$TCPBLAME")
    [[ $build/static/tcpblame -nt $TCPBLAME ]] || cmake --build "$build" --target tcpblame_static > "$made/log" ||
        give_up "$(cat "$made/log")"
    mkdir "$made/image"
    strip -o "$made/image/tcpblame" "$build/static/tcpblame"
    buildah "${storage[@]}" build --quiet --isolation chroot \
        --file "$ROOT/userspace/package/container/Containerfile" --tag tcpblame "$made/image" > "$made/id"
    buildah "${storage[@]}" push --quiet tcpblame "oci:$made/oci:tcpblame"
}

# on_node COMMAND…: a node is a pid, a mount and a network namespace of the test's own, and a name.
on_node() { nsenter --target "$NODE" --mount --pid --net --uts "$@"; }

start_node() {
    unshare --mount --pid --fork --kill-child --mount-proc --net --uts \
        sh -c 'hostname node-1 && ip link set lo up && exec sleep infinity' < /dev/null > /dev/null 2>&1 3>&- &
    CHILDREN+=($!)
    eventually is_node $! || give_up 'there is no node'
}

is_node() { NODE=$(pgrep -P "$1" -x sleep); }

# run_pod [RUNTIME]: the container, as CONTAINER, if it starts. LOG has what it prints.
run_pod() {
    local bundle=$BATS_TEST_TMPDIR/bundle
    umoci unpack --image "$BATS_FILE_TMPDIR/oci:tcpblame" "$bundle"
    VOLUMES=$BATS_TEST_TMPDIR/volumes
    mkdir "$VOLUMES"
    /usr/bin/python3 -B "$ROOT/tests/cli/pod.py" "$bundle" "$DAEMON_SET" "$VOLUMES" "${1-newer}"
    echo 'port = 7001' >> "$(echo "$VOLUMES"/*/agent.toml)" # others on this machine make storms
    LOG=$BATS_TEST_TMPDIR/log
    CONTAINER=tcpblame-test-$$-$BATS_TEST_NUMBER
    start_node
    on_node runc run --bundle "$bundle" "$CONTAINER" < /dev/null > "$LOG" 2> "$LOG.err" 3>&- &
    RUNNING=$!
    CHILDREN+=("$RUNNING")
}

teardown() {
    local child
    [[ -z ${CONTAINER-} ]] || on_node runc delete --force "$CONTAINER" 2> /dev/null || true
    for child in "${CHILDREN[@]}"; do kill -KILL "$child" 2> /dev/null || true; done
    wait
}

is_healthy() { [[ $(on_node curl -s --max-time 5 http://127.0.0.1:9435/healthz) == ok ]]; }

verdict() { jq -c "select(.type == \"verdict\" and .process.pid == $SUBJECT)" "$LOG"; }
has_verdict() { [[ -n $(verdict) ]]; }
verdict_has() { equal "$(verdict | jq -r "$1")" "$2" "$1"; }

# The story's process may be dead before it can be looked at.
breaks_and_names() {
    rm -f "$BATS_TEST_TMPDIR/story."{in,out}
    start_story on_node "$STORIES/close_then_write_twice" --port 7001
    report_story
    eventually has_verdict || give_up "$(cat "$LOG" "$LOG.err")"
    [[ $(verdict | jq -r ".stack[].function") == *"$1"* ]]
}

# capabilities SET: their names, of the container's process.
capabilities() { capsh --decode="$(sed -n "s/^$1:[[:space:]]*//p" "$STATUS")" | sed 's/.*=//'; }

@test "the image is the static program and nothing else" {
    local bundle=$BATS_TEST_TMPDIR/bundle
    umoci unpack --image "$BATS_FILE_TMPDIR/oci:tcpblame" "$bundle"
    equal "$(find "$bundle/rootfs" -printf '%P %M\n' | sort)" ' drwxr-xr-x
tcpblame -rwxr-xr-x' files
    equal "$(jq -c .process.args "$bundle/config.json")" '["/tcpblame","agent"]' 'what it starts'
}

@test "with the pod's capabilities, mounts and read-only root it says who broke a connection of the host" {
    run_pod
    eventually is_healthy || give_up "$(cat "$LOG" "$LOG.err")"
    eventually breaks_and_names flusher || give_up "$(cat "$LOG" "$LOG.err")"
    verdict_has '.cause + " " + .confidence' 'peer-closed observed'
    verdict_has .peer.process.name client
    verdict_has .process.exe "$STORIES/close_then_write_twice"
    verdict_has .host node-1
    STATUS=$BATS_TEST_TMPDIR/status
    on_node cat "/proc/$(on_node runc state "$CONTAINER" | jq .pid)/status" > "$STATUS"
    equal "$(capabilities CapPrm)" cap_sys_ptrace 'what it keeps'
    equal "$(capabilities CapBnd)" cap_setgid,cap_setuid,cap_sys_ptrace,cap_perfmon,cap_bpf 'what it could ever have'
    equal "$(capabilities CapAmb)" '' 'ambient ones'
    contains "$(cat "$STATUS")" $'Seccomp:\t2'
    contains "$(cat "$STATUS")" $'NoNewPrivs:\t1'
    contains "$(cat "$STATUS")" $'Uid:\t65534\t65534'
    on_node runc kill "$CONTAINER" TERM
    eventually is_over "$RUNNING" || give_up 'it does not end'
    contains "$(tail -1 "$LOG")" '"type":"end"'
    contains "$("$TCPBLAME" report --json "$VOLUMES"/recordings/ring.*)" "\"pid\":$SUBJECT,"
}

@test "where the runtime's profile forbids bpf(), it says what is missing" {
    local code=0
    run_pod older
    eventually is_over "$RUNNING" || give_up 'it runs'
    wait "$RUNNING" || code=$?
    equal "$code" 3 'exit code'
    contains "$(cat "$LOG.err")" 'have the seccomp filter that it runs under allow bpf() (of a pod: seccompProfile)'
}
