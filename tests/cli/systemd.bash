# Debian's systemd in a system of its own, for the tests of the unit and of the package: see inside_systemd.bash.

# boot: INIT is its first process; $SHARED is /mnt in it, $SHARED/console what it says.
boot() {
    local mount
    SHARED=$BATS_TEST_TMPDIR/shared
    mkdir "$SHARED"
    : > "$SHARED/console"
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
    GROUP=$mount/tcpblame-test-$$-$BATS_TEST_NUMBER
    mkdir "$GROUP"
    # shellcheck disable=SC2016 # for the inner shell
    sh -c 'echo $$ > "$0/cgroup.procs" && exec "$@"' "$GROUP" \
        unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --net \
        "$BASH" "$ROOT/tests/cli/inside_systemd.bash" "$SHARED" < /dev/null > "$BATS_TEST_TMPDIR/boot" 2>&1 3>&- &
    BOOTED=$!
    CHILDREN+=("$BOOTED")
    eventually is_booted || give_up "$(cat "$BATS_TEST_TMPDIR/boot" "$SHARED/console")"
}

is_booted() { INIT=$(pgrep -P "$BOOTED" -x systemd) && inside systemctl is-active default.target > /dev/null 2>&1; }

inside() { nsenter --target "$INIT" --mount --pid --uts --ipc --net timeout "$PATIENCE" "$@"; }

# teardown calls it.
remove_group() { eventually find "$GROUP" -depth -type d -exec rmdir {} + 2> /dev/null; }

what_happened() {
    cat "$SHARED/console"
    inside systemctl status --no-pager --full tcpblame 2>&1
}

# property NAME: of the unit, as systemd has it.
property() { inside systemctl show --property "$1" --value tcpblame; }

LINES=/var/log/tcpblame/tcpblame.ndjson

# Of the story, one line; others on this machine break their connections, too.
verdict() {
    inside cat "$LINES" | jq -c "select(.type == \"verdict\" and .process.pid == $SUBJECT)" > "$BATS_TEST_TMPDIR/verdict" &&
        [[ -s $BATS_TEST_TMPDIR/verdict ]]
}

verdict_has() { equal "$(jq -r "$1" "$BATS_TEST_TMPDIR/verdict")" "$2" "$1"; }

break_a_connection() {
    rm -f "$BATS_TEST_TMPDIR/story."{in,out}
    start_story nsenter --target "$INIT" --pid --mount --net "$STORIES/close_then_write_twice" --port 7001
    report_story
    eventually verdict || give_up "$(what_happened)"
}

# A story's process may be dead before it can be looked at.
breaks_and_names() {
    break_a_connection
    [[ $(jq -r ".stack[].function" "$BATS_TEST_TMPDIR/verdict") == *"$1"* ]]
}
