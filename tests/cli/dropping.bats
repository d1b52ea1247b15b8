#!/usr/bin/env bats
# What the tool gives up when it is attached, and what it cannot say without the capabilities that it keeps otherwise.
# bats file_tags=root

load helper

LOOK_UPS=+sys_ptrace,+dac_read_search,+checkpoint_restore
LOOK_UPS_BITS=$((1 << 19 | 1 << 2 | 1 << 40)) # include/uapi/linux/capability.h
PERFMON_BIT=$((1 << 38))

setup_file() { make_public; }

teardown_file() { rm -rf "$PUBLIC"; }

# Runs what follows as nobody with these capabilities, as "+bpf,+perfmon".
run_by_nobody_with() {
    RUN_BY=(setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups "--inh-caps=-all,$1" "--ambient-caps=-all,$1")
    TOOL_FILE=$PUBLIC/tcpblame
    cd /
}

# kept PID WHAT: a line of its /proc/PID/status, without its name and with single blanks.
kept() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '[:space:]' ' ' | sed 's/ $//'; }

# keeps_exactly PID BITS
keeps_exactly() {
    local bits
    bits=$(printf '%016x' "$2")
    equal "$(kept "$1" CapPrm)" "$bits" 'permitted capabilities'
    equal "$(kept "$1" CapEff)" "$bits" 'effective capabilities'
    equal "$(kept "$1" CapInh)" 0000000000000000 'inheritable capabilities'
    equal "$(kept "$1" CapAmb)" 0000000000000000 'ambient capabilities'
    equal "$(kept "$1" NoNewPrivs)" 1 no_new_privs
}

is_nobody() {
    equal "$(kept "$1" Uid)" "$NOBODY $NOBODY $NOBODY $NOBODY" 'the user'
    equal "$(kept "$1" Gid)" "$NOBODY $NOBODY $NOBODY $NOBODY" 'the group'
    equal "$(kept "$1" Groups)" '' 'further groups'
}

owned_bits() { echo $((16#$(kept $$ CapPrm) & LOOK_UPS_BITS)); }

# Where a container's root has none of a look-up's capabilities, the tool cannot have it either.
needs_look_ups() {
    (($(owned_bits) == LOOK_UPS_BITS)) || give_up "this test needs ${LOOK_UPS//+/CAP_} for itself: run it as full root"
}

verdict() { grep '"type":"verdict"' "$OUT" || give_up "no verdict: $(cat "$OUT" "$ERR")"; }

# reports TEXT: in the one verdict.
reports() { contains "$(verdict)" "$1"; }

@test "root becomes nobody, and keeps what look-ups need" {
    start_tool -j -d 10
    is_nobody "$TOOL"
    keeps_exactly "$TOOL" "$(owned_bits)"
    equal "$(kept "$TOOL" CapBnd)" 0000000000000000 'the bounding set'
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
}

@test "root without CAP_SETUID stays root, says so, and gives up the rest" {
    RUN_BY=(setpriv --bounding-set=-setuid)
    start_tool -j -d 10
    keeps_exactly "$TOOL" "$(owned_bits)"
    contains "$(cat "$ERR")" 'tcpblame: it stays user 0'
    contains "$(cat "$ERR")" CAP_SETUID
}

@test "nobody keeps none that no look-up needs" {
    run_by_nobody_with +bpf,+perfmon,+net_admin,+sys_ptrace
    start_tool -j -d 10
    is_nobody "$TOOL"
    keeps_exactly "$TOOL" "$((1 << 19))"
}

@test "without CAP_SYS_PTRACE it keeps CAP_PERFMON, which shows other users' files on newer kernels" {
    run_by_nobody_with +bpf,+perfmon
    start_tool -j -d 10
    keeps_exactly "$TOOL" "$PERFMON_BIT"
}

# The process that names functions is started for the first verdict; HELPER gets its pid.
await_helper() {
    start_pipe_story
    start_tool -j -p "$SUBJECT" -d 10
    report_story
    eventually grep -q '"type":"verdict"' "$OUT" || give_up 'no verdict'
    HELPER=$(pgrep -P "$TOOL" -x tcpblame-names) || give_up 'nobody names functions'
}

@test "the process that names functions has no capability and no other user" {
    needs_look_ups
    run_by_nobody_with "+bpf,+perfmon,$LOOK_UPS"
    await_helper
    is_nobody "$HELPER"
    keeps_exactly "$HELPER" 0
}

@test "when it is asked to end, that process ends with it" {
    await_helper
    kill -INT "$TOOL"
    await_tool
    equal "$CODE" 0 'exit code'
    eventually is_over "$HELPER" || give_up 'it goes on'
}

@test "with CAP_BPF and CAP_PERFMON alone: the cause, no program, and what would give it" {
    run_by_nobody_with +bpf,+perfmon
    start_pipe_story
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    reports '"cause":"pipe-reader-gone","confidence":"observed"'
    reports '"name":"producer"'
    lacks "$(verdict)" '"exe":'
    local capability
    for capability in SYS_PTRACE DAC_READ_SEARCH CHECKPOINT_RESTORE; do
        equal "$(grep -c "CAP_$capability" "$ERR")" 1 "how often CAP_$capability is named"
    done
    mapfile -t stderr_lines < "$ERR"
    speaks_for_itself
}

@test "with CAP_SYS_PTRACE: the program of another user, and the functions of its stack" {
    run_by_nobody_with +bpf,+perfmon,+sys_ptrace
    start_story "$PUBLIC/pipe" --port 1
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    reports "\"exe\":\"$PUBLIC/pipe\""
    reports '"function":"hand_over"'
    reports '"function":"send_in_vain"'
    lacks "$(cat "$ERR")" CAP_SYS_PTRACE
}

# A program in a folder of root's.
report_closed_story() {
    local closed=$PUBLIC/closed-$BATS_TEST_NUMBER
    mkdir --mode=700 "$closed"
    cp "$PUBLIC/pipe" "$closed/"
    run_by_nobody_with "+bpf,+perfmon,+sys_ptrace,$1"
    start_story "$closed/pipe" --port 1
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
}

@test "CAP_DAC_READ_SEARCH names the functions of a program that only root may read" {
    needs_look_ups
    report_closed_story +dac_read_search
    reports '"function":"send_in_vain"'
    lacks "$(cat "$ERR")" CAP_DAC_READ_SEARCH
}

@test "without it they stay unnamed, and that is said" {
    report_closed_story +checkpoint_restore
    reports '"module":"pipe"'
    lacks "$(verdict)" '"function":"send_in_vain"'
    contains "$(cat "$ERR")" CAP_DAC_READ_SEARCH
}

# report_deleted_story: whatever runs the tool.
report_deleted_story() {
    local interpreter=$PUBLIC/closed_while_held-$BATS_TEST_NUMBER
    cp "$(realpath /usr/bin/python3)" "$interpreter"
    start_story "$interpreter" -B "$BATS_TEST_DIRNAME/outlived_program.py"
    start_tool -j -p "$SUBJECT" --count 1
    echo go >&"$STORY_IN"
    await_tool
    reports "\"exe\":\"$interpreter (deleted)\""
}

@test "root names the functions of a program that was deleted, after it has dropped its privileges" {
    needs_look_ups
    report_deleted_story
    reports '"function":"_Py_write"'
    equal "$(cat "$ERR")" '' 'standard error'
}

@test "nobody does with CAP_CHECKPOINT_RESTORE, too" {
    needs_look_ups
    run_by_nobody_with "+bpf,+perfmon,$LOOK_UPS"
    report_deleted_story
    reports '"function":"_Py_write"'
    equal "$(cat "$ERR")" '' 'standard error'
}

@test "without it they stay unnamed, and what is missing is named" {
    run_by_nobody_with +bpf,+perfmon,+sys_ptrace,+dac_read_search
    report_deleted_story
    lacks "$(verdict)" '"function":"_Py_write"'
    contains "$(cat "$ERR")" CAP_CHECKPOINT_RESTORE
}

@test "an output file that only root may write is written to the end" {
    local file=$BATS_TEST_TMPDIR/verdicts
    install --mode=600 /dev/null "$file"
    start_pipe_story
    start_tool -p "$SUBJECT" --count 1 --output "$file"
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    contains "$(cat "$file")" pipe-reader-gone
}
