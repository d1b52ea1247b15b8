#!/usr/bin/env bats
# What bash, zsh and fish complete, asked of the shells themselves.

load helper

SHELLS=(bash zsh fish)

# offered SHELL WORD…: what it offers for the last word, one a line.
offered() {
    local shell=$1
    shift
    HOME=$BATS_TEST_TMPDIR timeout "$PATIENCE" "$BATS_TEST_DIRNAME/shells/complete.$shell" \
        "$(dirname "$TCPBLAME")/completions/tcpblame.$shell" tcpblame "$@" 3>&- | LC_ALL=C sort -u
}

# each_offers WORDS WORD…: every shell offers these words, and no others, for the last word.
each_offers() {
    local shell expected
    expected=$(tr ' ' '\n' <<< "$1" | LC_ALL=C sort -u)
    shift
    for shell in "${SHELLS[@]}"; do
        equal "$(offered "$shell" "$@")" "$expected" "what $shell offers for '$*'"
    done
}

# Not every shell offers the long ones for '-' alone.
options_offered() { { offered "$@" - && offered "$@" --; } | LC_ALL=C sort -u; }

# all_but PATTERN: the options of --help, without these.
all_but() { options_in_help | grep -vxE -- "$1"; }

STORE='--store.*|--cluster|--keep-days|--syntax'
AGENT='--config|--verdicts-per-second|--heartbeat'
NAMING='--no-argv|--runtime-root'
LASTING="--metrics|--metrics-by|--no-stacks|$AGENT"

# each_offers_options WORD OPTIONS: behind that command every shell offers these, one a line, and no others.
each_offers_options() {
    local shell
    contains "$2" --port
    for shell in "${SHELLS[@]}"; do
        equal "$(options_offered "$shell" "$1")" "$2" "$shell, $1"
    done
}

@test "every option of --help is completed, and none that it does not list" {
    local options shell
    options=$(options_in_help)
    contains "$options" --pid
    for shell in "${SHELLS[@]}"; do
        equal "$(options_offered "$shell")" "$options" "$shell"
    done
}

@test "a command is offered no option that it would refuse" {
    each_offers_options trace "$(all_but '-x|--errors-only|--since|--until|--cause|--process|--connection|-u|--user|--html|--perfetto|--interval'\
'|--cluster|--keep-days|--syntax|'"$AGENT")"
    each_offers_options agent "$(all_but '-d|--duration|--count|--wide|-t|--relative|-v|--verbose|--color|--dry-run'\
'|-x|--errors-only|--since|--until|--cause|--process|--connection|-u|--user|--html|--perfetto|--interval|--cluster|--keep-days|--syntax')"
    each_offers_options top "$(all_but '-j|--json|-o|--output|--wide|--format'\
'|-x|--errors-only|--since|--until|--cause|--process|--connection|-u|--user|--html|--perfetto|'"$LASTING|$STORE")"
    each_offers_options run "$(all_but '-x|--errors-only|--since|--until|--cause|--process|--connection|-p|--pid|-n|--comm|-c|--cgroup|--html|--perfetto'\
'|--interval|'"$LASTING|$STORE")"
    each_offers_options record "$(all_but '-j|--json|-t|--relative|-v|--verbose|-o|--output|--color|-u|--user'\
'|--wide|--format|--html|--perfetto|-x|--errors-only|--since|--until|--cause|--process|--connection|--interval|--cluster|--keep-days|--syntax|'"$AGENT")"
    each_offers_options report "$(all_but '-f|--follow|--reads|-d|--duration|-w|--write|--dry-run|--hook'\
'|--max-size|--max-age|--max-files|--ring|--max-memory|-u|--user|--interval'\
'|--store-spool.*|--cluster|--keep-days|--syntax|'"$NAMING|$LASTING")"
    each_offers_options doctor "$(all_but '--as|-d|--duration|--count|-t|--relative|-v|--verbose|--color|--dry-run'\
'|--wide|--html|--perfetto|-w|--write|-x|--errors-only|--since|--until|--cause|--process|--connection'\
'|--max-size|--max-age|--max-files|--ring|--max-memory|-u|--user|--interval|'"$NAMING|$LASTING|$STORE")"
    local shell
    for shell in "${SHELLS[@]}"; do
        equal "$(options_offered "$shell" explain | tr '\n' ' ')" '--color --help --version -V -h ' "$shell, explain"
        equal "$(options_offered "$shell" schema | tr '\n' ' ')" '--help --version -V -h ' "$shell, schema"
    done
}

@test "the commands are completed, and only one" {
    each_offers 'agent doctor explain record report run schema store top trace' ''
    each_offers 'record report' re
    each_offers doctor d
    each_offers doctor -j d
    each_offers '' doctor tr
    each_offers top to
}

@test "explain is completed with every cause and reason that it lists, and with several" {
    local names
    names=$("$TCPBLAME" explain | sed -nE 's/^([a-z]+(-[a-z]+)*)  .*/\1/p')
    equal "$(wc -l <<< "$names")" 31 'the causes, error-already-taken, and the reasons'
    each_offers "$(paste -sd' ' <<< "$names")" explain ''
    each_offers timed-out explain peer-closed ti
    each_offers asked-to-stop explain idle as
}

@test "behind run, a command is completed, and then what that takes" {
    local shell
    for shell in "${SHELLS[@]}"; do
        contains "$(offered "$shell" run unsh)" unshare
        contains "$(offered "$shell" run -j -- unsh)" unshare
    done
}

@test "--color is completed with what it takes" {
    each_offers 'always auto never' --color ''
    each_offers never --color n
}

@test "--format is completed with what it takes" {
    each_offers 'ecs jsonl otlp table text' --format ''
    each_offers table --format ta
}

# Which of all roles and programs that the source names belong together, the tool says: where --hook is taken,
# the complaint is another.
hooks_of_the_tool() {
    local role kind source=$ROOT/userspace/capture/hooks.cpp
    sed -nE 's/.*Hook\{"([a-z-]+)".*/\1/p' "$source" | while read -r role; do
        grep -oE 'kind = "[a-z]+"' "$source" | cut -d'"' -f2 | sort -u | while read -r kind; do
            [[ $("$TCPBLAME" -w - --hook "$role=$kind" 2>&1) == *'invalid --hook'* ]] || echo "$role=$kind"
        done
    done
}

@test "--hook is completed with every role and program that there is, and with no other" {
    local hooks
    hooks=$(hooks_of_the_tool)
    contains "$hooks" write-failure=fexit
    each_offers "$(paste -sd' ' <<< "$hooks")" --hook ''
}

@test "the last entry of a list is completed" {
    each_offers 'fork=tracepoint,sigpipe=tracepoint' --hook fork=tracepoint,si
}

@test "a value is completed behind '=', too" {
    each_offers '--color=always --color=auto' --color=a
    each_offers '--hook=sigpipe=tracepoint' --hook=sig
    each_offers '--hook=sigpipe=tracepoint' --hook=sigpipe=
    each_offers '--hook=fork=tracepoint,sigpipe=tracepoint' --hook=fork=tracepoint,si
}

@test "-p is completed with processes, and -n with their names" {
    local shell
    sleep 60 3>&- &
    CHILDREN+=("$!")
    for shell in "${SHELLS[@]}"; do
        contains " $(offered "$shell" -p "$!" | paste -sd' ') " " $! "
        contains " $(offered "$shell" -p "1,$!" | paste -sd' ') " " 1,$! "
        equal "$(offered "$shell" -n slee)" sleep "$shell"
    done
}

@test "a process named like a command is not run by completing it" {
    # shellcheck disable=SC2016 # the name is meant
    local name='$(>x)' shell
    cd "$BATS_TEST_TMPDIR"
    cp "$(command -v sleep)" "$name"
    "./$name" 60 3>&- &
    CHILDREN+=("$!")
    eventually grep -qF "$name" "/proc/$!/comm"
    for shell in "${SHELLS[@]}"; do
        offered "$shell" -n '' > names.txt
        [[ ! -e x ]] || give_up "$shell has run it"
    done
    # The only one that would put it on the command line without quotes.
    lacks "$(offered bash -n '')" "$name"
}

@test "--output, --write and report are completed with files, and --netns with paths" {
    cd "$BATS_TEST_TMPDIR"
    touch verdicts.json
    each_offers verdicts.json --output verd
    each_offers verdicts.json -w verd
    each_offers verdicts.json report verd
    each_offers verdicts.json -j report -x verd
    each_offers verdicts.json report verdicts.json verd
    each_offers '' record verd
    each_offers "$PWD/verdicts.json" --netns "$PWD/verd"
}

@test "a port is completed with those that are listened on, or that somebody is connected to" {
    local port
    port=$(free_port)
    /usr/bin/python3 -c 'import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
client = socket.create_connection(listener.getsockname())
time.sleep(100)' "$port" 3>&- &
    CHILDREN+=("$!")
    eventually is_connected_to "$port" || give_up 'nobody is connected'
    each_offers "$port" -P "$port"
    each_offers "1,$port" --localport "1,$port"
    each_offers "$port" -D "$port"
}

is_connected_to() { ss -tnH "dport = :$1" | grep -q ESTAB; }

@test "a number is completed with nothing" {
    cd "$BATS_TEST_TMPDIR"
    local flag
    for flag in -d --count --since --interval; do
        each_offers '' "$flag" ''
    done
}

# bats test_tags=root
@test "-c is completed with cgroups" {
    local mount
    mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
    GROUP=$mount/tcpblame-test-$$
    mkdir "$GROUP"
    each_offers "/${GROUP##*/}" -c "/${GROUP##*/}"
    each_offers "/a,/${GROUP##*/}" --cgroup "/a,/${GROUP##*/}"
}

remove_group() { rmdir "$GROUP"; }

# bats test_tags=root
@test "--netns is completed with the names that ip netns has" {
    local name=tcpblame-test-$$
    ip netns add "$name"
    run each_offers "$name" --netns tcpblame-test-
    ip netns del "$name"
    equal "$status" 0 "$output"
}

@test "the script for bash is clean, and no mark is left in any" {
    local scripts
    scripts=$(dirname "$TCPBLAME")/completions
    shellcheck "$scripts/tcpblame.bash"
    run grep -E '%[A-Z_]+%' "$scripts"/tcpblame.*
    equal "$output" '' 'marks that are not filled in'
}
