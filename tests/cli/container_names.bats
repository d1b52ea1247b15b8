#!/usr/bin/env bats
# What the containers at both ends are called: runc and crun run them from bundles that lie as each runtime lays them.
# bats file_tags=root

load helper

# A node has a mount namespace of its own: there the runtimes' folders are the test's, and all cgroups are in the unified
# hierarchy.
on_node() { nsenter --target "$NODE" --mount "$@"; }

start_node() {
    unshare --mount sh -c 'mount -t cgroup2 none /sys/fs/cgroup && mount -t tmpfs none /run && mount -t tmpfs none /var/lib &&
        exec sleep infinity' < /dev/null > /dev/null 2>&1 3>&- &
    NODE=$!
    CHILDREN+=("$NODE")
    eventually is_node || give_up 'there is no node'
}

is_node() { [[ $(cat "/proc/$NODE/comm") == sleep ]]; }

setup() {
    OUT=$BATS_TEST_TMPDIR/out
    ERR=$BATS_TEST_TMPDIR/err
    CHILDREN=()
    CONTAINERS=()
    PORT=$(free_port)
    GROUPS_OF_TEST=tcpblame-$$-$BATS_TEST_NUMBER
    start_node
    RUN_BY=(nsenter --target "$NODE" --mount)
}

teardown() {
    local each
    for each in "${CONTAINERS[@]}"; do on_node "$OCI" --root /run/oci delete --force "$each" 2> /dev/null || true; done
    for each in "${CHILDREN[@]}"; do kill -KILL "$each" 2> /dev/null || true; done
    wait
    find /sys/fs/cgroup -depth -type d -path "*/$GROUPS_OF_TEST*" -exec rmdir {} + 2> /dev/null || true
}

# run_container RUNTIME CGROUP CONTAINER POD: by $OCI; in CGROUP, "ID" stands for its id.
run_container() {
    local id bundle
    id=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
    bundle=$(on_node /usr/bin/python3 -B "$BATS_TEST_DIRNAME/bundle.py" "$1" "$id" "/$GROUPS_OF_TEST/${2/ID/$id}" "$3" "$4" \
        /usr/bin/python3 "$BATS_TEST_DIRNAME/shop.py" "$3" "$PORT")
    on_node "$OCI" --root /run/oci run --bundle "$bundle" "$id" < /dev/null > "$BATS_TEST_TMPDIR/$3" 2>&1 3>&- &
    CHILDREN+=("$!")
    CONTAINERS+=("$id")
}

listens() { [[ -n $(ss -Hltn "sport = :$PORT") ]]; }

# break_between RUNTIME CGROUP: api's connection, by cart; both in containers of that runtime.
break_between() {
    run_container "$1" "$2" api api-7c9
    eventually listens || give_up "api does not run: $(cat "$BATS_TEST_TMPDIR/api")"
    run_container "$1" "$2" cart cart-5d8
}

verdict() { jq -c 'select(.type == "verdict")' "$OUT"; }
has_verdict() { [[ -n $(verdict) ]]; }

# names_are EXPECTED: of the process and its peer, as JSON has them.
names_are() {
    eventually has_verdict || give_up "no verdict: $(cat "$OUT" "$ERR" "$BATS_TEST_TMPDIR/cart")"
    equal "$(verdict | jq -c '.process, .peer.process | [.container.runtime, .container.name, .container.image,
        .pod.namespace, .pod.name, .container.labels["com.docker.compose.service"]]')" "$1" 'the names'
    equal "$(verdict | jq -r '"\(.cause) \(.confidence)"')" 'peer-closed observed' 'the verdict'
}

IMAGE='"registry.example:5000/shop/shop-image:1.2"'

in_a_pod() {
    printf '["%s","%s",%s,"shop","%s",null]\n' "$1" api "$IMAGE" api-7c9 "$1" cart "$IMAGE" cart-5d8
}

@test "containerd: a verdict names the pods and containers of both ends, with nothing but the files to go by" {
    OCI=runc
    start_tool -j -P "$PORT"
    break_between containerd kubepods-burstable-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-ID.scope
    names_are "$(in_a_pod containerd)"
    equal "$(verdict | jq -c .process.argv)" '["/usr/bin/python3","'"$BATS_TEST_DIRNAME"'/shop.py","api","'"$PORT"'"]' 'argv'
    equal "$(cat "$ERR")" '' 'standard error'
}

@test "CRI-O: the same" {
    OCI=runc
    start_tool -j -P "$PORT"
    break_between crio kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/crio-ID.scope
    names_are "$(in_a_pod cri-o)"
}

@test "podman and docker: name, image and, of docker, Compose's labels" {
    OCI=runc
    start_tool -j -P "$PORT"
    break_between podman libpod-ID.scope
    names_are "$(printf '["podman","shop-%s-1",%s,null,null,null]\n' api "$IMAGE" cart "$IMAGE")"
    stop_tool
    for each in "${CONTAINERS[@]}"; do on_node "$OCI" --root /run/oci delete --force "$each"; done
    start_tool -j -P "$PORT"
    break_between docker docker-ID.scope
    names_are "$(printf '["docker","shop-%s-1",%s,null,null,"%s"]\n' api "$IMAGE" api cart "$IMAGE" cart)"
}

@test "crun's containers have them, too" {
    command -v crun > /dev/null || give_up 'crun is missing: scripts/setup installs it'
    OCI=crun
    start_tool -j -P "$PORT"
    break_between containerd kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-ID.scope
    names_are "$(in_a_pod containerd)"
}

@test "a runtime's own directory is named by --runtime-root" {
    OCI=runc
    on_node mkdir /run/ci
    start_tool -j -P "$PORT" --runtime-root /run/nothing,/run/ci
    break_between /run/ci ci/ID
    names_are "$(in_a_pod x | sed 's/"x"/null/')"
}

@test "on the screen, in a recording and in its report they are the same; --no-argv leaves the command lines out" {
    local recording=$BATS_TEST_TMPDIR/recording format
    OCI=runc
    start_tool -P "$PORT" -v -w "$recording" --no-argv
    break_between containerd kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-ID.scope
    eventually grep -q '^  events ' "$OUT" || give_up "no verdict: $(cat "$OUT" "$ERR" "$BATS_TEST_TMPDIR/cart")"
    stop_tool
    contains "$(cat "$OUT")" 'pod shop/api-7c9 · container api'
    contains "$(cat "$OUT")" '          in pod shop/cart-5d8 · container cart'
    contains "$(tr -s ' \n' ' ' < "$OUT")" \
        "runs in pod shop/api-7c9 · container api (${CONTAINERS[0]}), image ${IMAGE//\"/}"
    lacks "$(cat "$OUT")" $'\n  command '
    on_node rm -r /run/containerd
    "$TCPBLAME" report -v "$recording" > "$BATS_TEST_TMPDIR/reported"
    cmp "$OUT" "$BATS_TEST_TMPDIR/reported"
    for format in otlp ecs; do
        "$TCPBLAME" report --format "$format" "$recording" > "$BATS_TEST_TMPDIR/$format"
        /usr/bin/python3 -B "$BATS_TEST_DIRNAME/../schemas/check_$format.py" "$BATS_TEST_TMPDIR/$format" ||
            give_up "$(cat "$BATS_TEST_TMPDIR/$format")"
    done
    for each in '"k8s.pod.name","value":{"stringValue":"api-7c9"}' '"k8s.namespace.name","value":{"stringValue":"shop"}' \
        '"container.name","value":{"stringValue":"api"}' \
        '"container.image.name","value":{"stringValue":"registry.example:5000/shop/shop-image"}'; do
        contains "$(cat "$BATS_TEST_TMPDIR/otlp")" "$each"
    done
    equal "$(jq -c 'select(.container) | [.container.name, .container.image.name, .container.image.tag[0],
        .orchestrator.namespace, .orchestrator.resource.name]' "$BATS_TEST_TMPDIR/ecs" | sort -u)" \
        '["api","registry.example:5000/shop/shop-image","1.2","shop","api-7c9"]' 'what ECS has'
    lacks "$("$TCPBLAME" report -j "$recording")" '"argv"'
}

@test "from another mount namespace, they are read as the first process of the system has them" {
    OCI=runc
    # The node's first process has the runtimes' folders, the tool nothing of them.
    kill -KILL "$NODE"
    unshare --mount --pid --fork --kill-child --mount-proc sh -c 'mount -t cgroup2 none /sys/fs/cgroup &&
        mount -t tmpfs none /run && exec sleep infinity' < /dev/null > /dev/null 2>&1 3>&- &
    CHILDREN+=("$!")
    eventually is_first_process "$!" || give_up 'there is no node'
    on_node() { nsenter --target "$NODE" --mount --pid "$@"; }
    RUN_BY=(nsenter --target "$NODE" --mount --pid unshare --mount sh -c 'mount -t tmpfs none /run && exec "$@"' -)
    start_tool -j -P "$PORT"
    break_between containerd kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-ID.scope
    names_are "$(in_a_pod containerd)"
}

is_first_process() { NODE=$(pgrep -P "$1" -x sleep); }

@test "who may not read the runtimes' files has the ids, and says what would give the names" {
    OCI=runc
    RUN_BY+=(setpriv "--bounding-set=-dac_read_search,-dac_override")
    start_tool -j -P "$PORT"
    break_between containerd kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-ID.scope
    names_are "$(printf '["containerd",null,null,null,null,null]\n%.0s' 1 2)"
    contains "$(cat "$ERR")" CAP_DAC_READ_SEARCH
    contains "$(cat "$ERR")" 'names of containers'
}
