#!/usr/bin/env bats
# What tcpblame doctor says is what the kernel has attached.
# bats file_tags=root

load helper

# bats test_tags=root
@test "the example of its man page prints a role and a program a line" {
    local example
    example=$(sed -n 's/^tcpblame doctor -j | //p' "$ROOT/userspace/cli/man/tcpblame-doctor.1.scd")
    contains "$example" jq
    run bash -o pipefail -c "'$TCPBLAME' doctor -j | $example"
    equal "$status" 0 'exit code'
    contains "$output" 'sigpipe tracepoint'
    equal "$(grep -cE ' $' <<< "$output")" 0 'lines that end with a blank'
}

@test "doctor names a program for every role that must be played" {
    run "$TCPBLAME" doctor
    equal "$status" 0 'exit code'
    for role in state-change rst-sent rst-received write-failure sigpipe socket-destroyed process-exit; do
        contains "$output" "$role"
    done
    contains "$output" 'a send that succeeds'
}

@test "doctor -j is one line, and of the schema" {
    "$TCPBLAME" doctor -j > "$OUT"
    equal "$(wc -l < "$OUT")" 1 lines
    /usr/bin/python3 - "$OUT" "$ROOT/userspace/render/schema.json" << 'END'
import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
END
}

@test "--dry-run says the same, and ends" {
    equal "$("$TCPBLAME" --dry-run)" "$("$TCPBLAME" doctor)" report
}

# What is loaded need not be attached: the process's links are asked (fdinfo: link_type, prog_id).
attached_programs() {
    local info
    for info in "/proc/$1/fdinfo/"*; do
        awk '/^link_type/ { is_link = 1 } /^prog_id/ { id = $2 } END { if (is_link) print id }' "$info"
    done | while read -r id; do bpftool prog show id "$id"; done
}

@test "doctor's word for sends is what the kernel has attached" {
    start_tool -j -P 1
    attached=$(attached_programs "$TOOL")
    kill -INT "$TOOL"
    await_tool
    contains "$attached" on_state
    if [[ $("$TCPBLAME" doctor -j) == *'"sends_pay":true'* ]]; then
        contains "$attached" 'name on_send '
    else
        lacks "$attached" 'name on_send '
    fi
}

@test "a program that is asked for and cannot be had is an error that names it" {
    refused_as 2 "invalid --hook 'write-failure=magic'" --hook write-failure=magic
    refused_as 2 "invalid --hook 'nothing'" --hook nothing
}

@test "a hook that is asked for is the one that is taken" {
    run "$TCPBLAME" --dry-run --hook write-failure=tracepoint
    equal "$status" 0 'exit code'
    contains "$output" tp_btf/sock_send_length
}

@test "what every system call pays for is taken only if asked for, and says so" {
    lacks "$("$TCPBLAME" doctor)" sys_exit
    start_tool -j -P 1 --hook write-failure=syscall
    attached=$(attached_programs "$TOOL")
    kill -INT "$TOOL"
    await_tool
    contains "$attached" 'name on_syscall_exit'
    lacks "$attached" 'name on_send '
    contains "$(cat "$ERR")" 'tcpblame: --hook write-failure=syscall: every system call of every thread'
}
