#!/usr/bin/env bats
# tcpblame top, as a person has it: in a terminal of a size, with keys pressed, and left again.

load helper

# ── A terminal ──────────────────────────────────────────────────────────────────────────────────

# The server is the test's own: its socket is where no other test has one.
terminal() { LC_ALL=${LOCALE:-C.UTF-8} tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }

screen() { terminal capture-pane -p; }

# start_terminal COLUMNS ROWS: a shell in one, with something on its screen.
start_terminal() {
    terminal new-session -d -x "$1" -y "$2" "env LC_ALL=${LOCALE:-C.UTF-8} PS1='$ ' bash --norc --noprofile"
    type_line 'echo befo""re'
    await_screen before
}

type_line() { terminal send-keys -l "$1" && terminal send-keys Enter; }
press() { terminal send-keys "$@"; }

shows() { [[ $(screen) == *"$1"* ]]; }
shows_no() { ! shows "$1"; }
await_screen() { eventually shows "$1" || give_up "never shown: $1" "$(screen)"; }
await_gone() { eventually shows_no "$1" || give_up "still shown: $1" "$(screen)"; }

# type_top ARGUMENT…: on a port of its own, with what a terminal has to be like again noted before. What is typed is on
# the screen, too: the words that the end is known by are not in it.
type_top() {
    PORT=$(free_port)
    RUN=$((${RUN-0} + 1))
    type_line "clear; stty -a > '$BATS_TEST_TMPDIR/before'; '$TCPBLAME' top -P $PORT $*; echo code=\$? of run\"\" $RUN"
}

start_top() {
    type_top "$@"
    await_screen "watching port $PORT"
}

# The shell has its terminal again, in which keys are echoed and the cursor is seen.
terminal_is_as_before() {
    await_screen "of run $RUN"
    type_line "stty -a > '$BATS_TEST_TMPDIR/after'; echo do\"\"ne"
    await_screen 'done'
    # Its size is the window's, and comes when it comes.
    diff <(sed -E 's/ rows [0-9]+; columns [0-9]+;//' "$BATS_TEST_TMPDIR/before") \
        <(sed -E 's/ rows [0-9]+; columns [0-9]+;//' "$BATS_TEST_TMPDIR/after")
    equal "$(terminal display-message -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}')" '0 1 0' \
        'alternate screen, cursor, keypad'
}

top_pid() { pgrep -f "^$TCPBLAME top -P $PORT"; }

# break_one STORY [TIMES]: connections of the port are broken for real.
break_one() {
    for _ in $(seq "${2:-1}"); do
        echo go | "$STORIES/$1" --port "$PORT" > /dev/null 3>&- || true
    done
}

fits() {
    local line
    while IFS= read -r line; do
        ((${#line} <= $1)) || give_up "wider than $1: $line"
    done < <(screen)
}

setup() {
    CHILDREN=()
    NETWORKS=()
}

teardown() {
    terminal kill-server 2> /dev/null || true
    [[ -z ${DISK-} ]] || eventually umount "$DISK" # the tool may not have ended yet
}

# ── Without a terminal ──────────────────────────────────────────────────────────────────────────

@test "without a terminal it says so, and what to do instead" {
    TERM=xterm refused_as 1 'top needs a terminal: standard input is none' top
    contains "$stderr" 'tcpblame trace'
    run script -qec "TERM=xterm '$TCPBLAME' top < /dev/tty | cat" /dev/null
    contains "$output" 'standard output is none'
}

@test "a terminal that cannot be drawn on is refused, with 1" {
    local term
    for term in '' dumb unknown nonsense; do
        run script -qec "TERM=$term '$TCPBLAME' top" /dev/null
        equal "$status" 1 "exit code with TERM=$term"
        contains "$output" 'top needs a terminal: TERM is '
        contains "$output" 'tcpblame trace'
    done
}

@test "what is for a printed output is refused, and --interval elsewhere" {
    local flag
    for flag in -j --wide '--format table' '-o file'; do
        # shellcheck disable=SC2086 # a flag and its value
        refused_as 2 'is not for top' top $flag
    done
    refused_as 2 '--interval is for top' --interval 1
    refused_as 2 'it takes a number of seconds above 0' top --interval 0
}

# ── In one ──────────────────────────────────────────────────────────────────────────────────────

# bats test_tags=root
@test "a row says who broke whom and why, Enter its newest verdict, and q leaves the terminal as it was" {
    start_terminal 100 30
    start_top
    await_screen 'nothing has broken so far'
    break_one close_then_write_twice
    await_screen peer-closed
    contains "$(screen | grep peer-closed)" orders-api
    contains "$(screen | grep peer-closed)" client
    press Enter
    await_screen 'the newest of '
    contains "$(screen)" 'cause   peer-closed (observed): client'
    contains "$(screen)" '─── FIN ───'
    press Escape
    await_screen 'rates over the last 10 s'
    press q
    terminal_is_as_before
    contains "$(screen)" 'code=0'
    contains "$(screen)" 'failed write'
    contains "$(screen)" 'peer-closed'
    lacks "$(screen)" 'rates over'
}

# row NUMBER: that one of the table.
row() { screen | sed -n "$((3 + $1))p"; }
row_is() { [[ $(row "$1") == *"$2"* ]]; }
await_row() { eventually row_is "$1" "$2" || give_up "row $1 never was: $2" "$(screen)"; }

# bats test_tags=root
@test "the keys sort, choose a row, hold the table, and show the help" {
    start_terminal 100 30
    start_top --interval 0.1
    break_one close_then_write_twice 3
    await_screen peer-closed
    break_one refused # … and then it writes all the same
    await_screen never-connected
    await_row 1 peer-closed
    press R
    await_row 1 never-connected
    press l
    await_screen 'by LAST |'
    await_row 1 never-connected
    press '<' '<'
    await_screen 'by COUNT |'
    await_row 1 peer-closed
    await_row 1 '> '
    press j
    await_row 2 '> '
    press Home
    await_row 1 '> '
    press Down Enter
    await_screen 'cause   never-connected'
    press Enter
    press h
    await_screen 'sort the other way round'
    press q
    await_screen 'by COUNT |'
    press p
    await_screen paused
    break_one linger_zero
    press Space
    await_screen peer-aborted
    await_gone paused
    press q
    terminal_is_as_before
}

# bats test_tags=root
@test "it fits the terminal, and follows it to another size" {
    start_terminal 100 30
    start_top --interval 0.1
    break_one close_then_write_twice
    await_screen RATE/s
    terminal resize-window -x 58 -y 8
    await_gone RATE/s
    await_screen 'peer-closed'
    await_screen 'watching port' # the number is cut where it has watched for long
    fits 58
    press Enter
    await_screen 'lines 1 to 7 of '
    press PageDown
    await_screen 'lines 8 to '
    terminal resize-window -x 100 -y 40
    await_screen 'lines 1 to '
    press q
    await_screen RATE/s
    press q
    terminal_is_as_before
}

# bats test_tags=root
@test "Ctrl-C ends it, and -d does, as q does" {
    start_terminal 80 24
    start_top
    press C-c
    terminal_is_as_before
    contains "$(screen)" 'no write failed'
    contains "$(screen)" 'code=0'
    type_top -d 0.2 # on a busy machine it is over before anybody looks
    terminal_is_as_before
    contains "$(screen)" 'code=0'
}

# bats test_tags=root
@test "a signal that ends it leaves the terminal as it was" {
    local signal
    start_terminal 80 24
    for signal in TERM HUP INT; do
        start_top
        kill "-$signal" "$(top_pid)"
        terminal_is_as_before
        contains "$(screen)" 'no write failed'
    done
}

# bats test_tags=root
@test "an error on the way leaves the terminal as it was" {
    start_terminal 160 24
    DISK=$BATS_TEST_TMPDIR/disk
    mkdir "$DISK"
    mount -t tmpfs -o size=256k tmpfs "$DISK"
    start_top -w "$DISK/recording"
    cat /dev/zero > "$DISK/fill" 2> /dev/null || true
    "$ROOT/build/bench/reset_storm" --port "$PORT" --seconds 1 --rate 1000 3>&-
    terminal_is_as_before
    contains "$(screen)" 'No space left on device'
    contains "$(screen)" 'code=1'
}

# bats test_tags=root
@test "Ctrl-Z gives the terminal back, and fg takes it again" {
    start_terminal 80 24
    start_top
    break_one close_then_write_twice
    await_screen peer-closed
    press C-z
    await_screen Stopped
    type_line "stty -a | diff '$BATS_TEST_TMPDIR/before' - && echo sa\"\"me"
    await_screen same
    type_line fg
    await_screen 'rates over the last'
    await_screen peer-closed
    press q
    await_screen 'failed write'
}

# bats test_tags=root
@test "a name that would steer the terminal does not" {
    start_terminal 100 30
    start_top --interval 0.1
    break_one hostile_name
    await_screen '\x1b'
    press Enter
    await_screen 'the newest of '
    press q
    await_screen 'by COUNT'
    press q
    terminal_is_as_before
}

# bats test_tags=root
@test "where the locale is not UTF-8, it draws in ASCII" {
    LOCALE=C
    start_terminal 100 30
    start_top
    break_one close_then_write_twice
    await_screen peer-closed
    contains "$(screen)" COUNTv
    press Enter
    await_screen '--- FIN ---'
    [[ -z $(screen | LC_ALL=C tr -d '\n -~') ]] || give_up "more than ASCII: $(screen)"
}

colors() { terminal capture-pane -p -e | grep -c $'\e\\[[0-9;]*31' || true; }

# bats test_tags=root
@test "a cause is red as in the report, and not with NO_COLOR" {
    start_terminal 100 30
    start_top --color always
    break_one close_then_write_twice
    await_screen peer-closed
    (($(colors) > 0)) || give_up 'nothing is red'
    press q
    terminal_is_as_before
    type_line 'export NO_COLOR=1'
    start_top
    break_one close_then_write_twice
    await_screen peer-closed
    equal "$(colors)" 0 'red lines'
}

# bats test_tags=root
@test "what was lost is said above the table" {
    start_terminal 100 30
    start_top --ring 4K
    kill -STOP "$(top_pid)" # nobody reads: the ring is full at once
    await_screen Stopped
    "$ROOT/build/bench/reset_storm" --port "$PORT" --seconds 1 --rate 2000 3>&-
    type_line fg
    await_screen RATE/s
    "$ROOT/build/bench/reset_storm" --port "$PORT" --seconds 1 --rate 500 3>&- # the next events show the gap
    await_screen 'lost: something may have broken that is not here'
    press q
    await_screen 'lost: something may have broken that is not reported here'
}
