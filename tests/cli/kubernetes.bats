#!/usr/bin/env bats
# The DaemonSet, the ServiceMonitor and the Helm chart: what the API takes, the same whichever way it is installed, and
# with one list of capabilities.

load helper

PACKAGE=$ROOT/userspace/package
CHART=$PACKAGE/helm/tcpblame
DAEMON_SET=$PACKAGE/kubernetes/daemonset.yaml

manifests() { /usr/bin/python3 -B "$ROOT/tests/cli/manifests.py" "$@"; }

@test "the API knows every field of the manifests" {
    local wrong=$BATS_TEST_TMPDIR/wrong.yaml
    run manifests check "$PACKAGE"/kubernetes/*.yaml
    equal "$status $output" '0 ' 'what it would not take'
    # What it does refuse.
    sed 's/hostPID/hostPid/; s/containerPort: 9435/containerPort: "9435"/; s/^          image: .*//; s/mountPath: .etc.tcpblame, //' \
        "$DAEMON_SET" > "$wrong"
    run manifests check "$wrong"
    equal "$status" 1 'exit code'
    contains "$output" 'has no field hostPid'
    contains "$output" "containerPort is '9435', not of type int"
    # shellcheck disable=SC2016 # its words
    contains "$output" '`mount_path`, must not be `None`'
}

# without_namespace: nor the chart's mark of its configuration.
comparable() {
    jq -S 'select(.kind != "Namespace") | del(.spec.template.metadata.annotations?)' | jq -sS 'sort_by(.kind)'
}

@test "the chart, with the values that it has, is the manifest" {
    equal "$(manifests render "$CHART" | comparable)" "$(manifests json "$DAEMON_SET" | comparable)" chart
    equal "$(manifests render "$CHART" serviceMonitor=true | comparable)" \
        "$(manifests json "$PACKAGE"/kubernetes/*.yaml | comparable)" 'chart with a ServiceMonitor'
}

@test "each of the chart's values arrives where it is meant" {
    local made=$BATS_TEST_TMPDIR/made
    manifests render "$CHART" image.repository=images.example/tcpblame 'image.tag="7"' 'config=port = 443' recordings=/data \
        'resources={limits: {memory: 1Gi}}' 'tolerations=[]' seccompProfile=Unconfined |
        jq -s 'map({(.kind): .}) | add' > "$made"
    jq -e '.DaemonSet.spec.template.spec as $pod | $pod.containers[0] as $it |
        $it.image == "images.example/tcpblame:7" and .ConfigMap.data["agent.toml"] == "port = 443\n" and
        ($pod.volumes | any(.hostPath.path == "/data")) and $it.resources == {limits: {memory: "1Gi"}} and
        $pod.tolerations == [] and $it.securityContext.seccompProfile.type == "Unconfined"' "$made" ||
        give_up "$(cat "$made")"
    [[ $(config_mark "$made") != $(config_mark <(manifests render "$CHART" | jq -s 'map({(.kind): .}) | add')) ]] ||
        give_up 'the agents would not be started anew'
}

config_mark() { jq -r '.DaemonSet.spec.template.metadata.annotations["tcpblame/config"]' "$1"; }

@test "the chart is of this version" {
    equal "tcpblame $(sed -n 's/^appVersion: //p' "$CHART/Chart.yaml")" "$("$TCPBLAME" --version)" version
}

@test "it asks nothing of the Kubernetes API" {
    local kinds
    kinds=$(manifests json "$DAEMON_SET" | jq -r .kind | sort | paste -sd' ')
    equal "$kinds" 'ConfigMap DaemonSet Namespace' kinds
    equal "$(pod .automountServiceAccountToken)" false 'a token'
}

pod() { manifests json "$DAEMON_SET" | jq -rc "select(.kind == \"DaemonSet\") | .spec.template.spec | $1"; }

@test "the unit, the pod, the README and the program's own advice grant the same capabilities" {
    local unit names
    unit=$(sed -n 's/^AmbientCapabilities=//p' "$PACKAGE/systemd/tcpblame.service")
    equal "$unit" 'CAP_BPF CAP_PERFMON CAP_SYS_PTRACE' 'the unit'
    equal "$(sed -n 's/^CapabilityBoundingSet=//p' "$PACKAGE/systemd/tcpblame.service")" "$unit" 'the bounding set'
    names=${unit//CAP_/}
    # In a container it starts as root: the last two, to become nobody.
    equal "$(pod '.containers[0].securityContext.capabilities | .drop + .add | join(" ")')" "ALL $names SETGID SETUID" 'the pod'
    states README.md "AmbientCapabilities=$unit"
    states README.md "--cap-add ${names// / --cap-add }"
    # shellcheck disable=SC2016 # Markdown
    states README.md "$(sed 's/ /`, `/g; s/^/`/; s/$/`/' <<< "$names SETGID SETUID")"
    states userspace/capture/runtime_environment.cpp "AmbientCapabilities=$unit"
    states userspace/capture/runtime_environment.cpp "capabilities: {add: [${names// /, }]}"
    states userspace/cli/man/tcpblame-fleet.7.scd "$(sed 's/\([^ ]*\)/*CAP_\1*/g; s/ /, /g' <<< "$names")"
}

# states FILE WORDS
states() { grep -qF -- "$2" "$ROOT/$1" || give_up "$1 does not say: $2"; }
