#!/usr/bin/env bats
# A command line that makes no sense is refused, with one message that says what, why and what to do, and with 2.

load helper

@test "a port is a number from 1 to 65535, or a list of them" {
    for bad in no-such-service 0 65536 90-80 80- 80-http -1 1.5 0x50 ' 80' '80 ' 1,,2 ,1 '1,' '' 99999999999999999999; do
        for flag in -P -L -D --port --localport --remoteport; do
            refused_as 2 'it takes a port, 1 to 65535' "$flag" "$bad"
        done
    done
}

@test "the complaint about a port names the flag, the value and an example" {
    refused_as 2 "invalid --port 'htpt'" -P htpt
    contains "$stderr" 'for example: --port 5432'
    refused_as 2 "invalid --remoteport '0'" -D 443,0
}

@test "a pid is a positive number, or a list of them" {
    for bad in x 0 -1 1.0 12x '' 1,,2 4194305 99999999999999999999; do
        refused_as 2 'it takes a process id' -p "$bad"
    done
}

@test "a duration is a number of seconds above 0" {
    for bad in x 0 -1 '' nan inf 1e99 5x 5ms m 0m -1h 1,5; do
        refused_as 2 'it takes a number of seconds above 0' -d "$bad"
    done
}

@test "a count is a whole number above 0" {
    for bad in x 0 -1 '' 1.5 99999999999999999999; do
        refused_as 2 'it takes a number above 0' --count "$bad"
    done
}

@test "a color is auto, always or never" {
    for bad in blue '' ALWAYS; do
        refused_as 2 'it takes auto, always or never' --color "$bad"
    done
}

@test "a name is not empty, and one that is longer than the kernel's is cut, and that is said" {
    for bad in '' a,,b; do
        refused_as 2 'it takes a name' -n "$bad"
    done
    run_tool report -n web,sixteen-bytes-xx "$RECORDED"
    equal "$status" 0 'exit code'
    contains "$stderr" "the name 'sixteen-bytes-xx' is taken as 'sixteen-bytes-x': the kernel keeps 15 bytes of a name"
    speaks_for_itself
    run_tool report -n web "$RECORDED"
    lacks "$stderr" 'is taken as'
}

RECORDED=$BATS_TEST_DIRNAME/../recordings/6.12.107/server-killed.rec

@test "a range of ports has as many as the filter takes" {
    refused_as 2 "invalid --port '8000-8016': these are 17 ports, and the filter in the kernel takes 16" -P 8000-8016
    refused_as 2 'too many ports: 18' -P 8000-8015,1,2
    run_tool report -P 1-16 "$RECORDED"
    equal "$status" 0 'exit code'
}

@test "what other tools take is taken, or answered with what is meant" {
    local how
    for how in help 'help trace'; do
        # shellcheck disable=SC2086 # words
        run_tool $how
        equal "$output" "$("$TCPBLAME" --help)" "$how"
    done
    run_tool version
    equal "$output" "$("$TCPBLAME" --version)" version
    refused_as 2 "there is no command 'help'" help me please
    refused_as 2 "there is no command 'ls'" ls /
    contains "$stderr" 'tcpblame run -- ls / starts it, watched'
    refused_as 2 "there is no command 'nginx'" nginx
    contains "$stderr" 'tcpblame -n nginx watches the processes of that name'
    refused_as 2 'there is no option -r' -r file
    contains "$stderr" 'tcpblame report FILE reports a recording'
    run_tool report --format json "$RECORDED"
    equal "$output" "$("$TCPBLAME" report --format jsonl "$RECORDED")" 'JSON by its other name'
    run_tool report --since "$(jq -r 'select(.type == "verdict") | .time' <<< "$output")" "$RECORDED"
    equal "$status" 0 'exit code'
    contains "$output" '1 failed write'
}

@test "pids come with spaces between, as pidof gives them, and several --pid add up" {
    local pids=() how
    for _ in 1 2 3; do
        sleep 60 3>&- &
        pids+=("$!")
    done
    CHILDREN+=("${pids[@]}")
    # That they are all taken is seen by a fourth, which is none.
    for how in "-p ${pids[*]} 4194304" "--pid ${pids[0]} ${pids[1]} --pid=${pids[2]} -p4194304" "-p ${pids[0]} -d 1 -p 4194304"; do
        # shellcheck disable=SC2086 # words
        refused_as 1 'there is no process with pid 4194304' $how
    done
    refused_as 1 'there is no process with pid 4194304' -p "${pids[*]} 4194304"
    refused_as 2 '--pid needs a value' -p
}

@test "an output has a name" {
    refused_as 2 "invalid --output ''" --output ''
}

@test "a flag given twice is not guessed at" {
    for flag in '-P 1' '-L 1' '-D 1' '-n a' '-d 1' '--count 1' '-o /dev/null' '--color never' '-w /dev/null' '-u root'; do
        # shellcheck disable=SC2086 # a flag and its value
        refused_as 2 'is given more than once' $flag $flag
    done
    for flag in -j -4 -6 -t -v; do
        refused_as 2 'is given more than once' "$flag" "$flag"
    done
    refused_as 2 '--port is given more than once' -P 1 --port 2
}

@test "an unknown flag is named" {
    refused_as 2 '--bogus' --bogus
    refused_as 2 '-Z' -Z
    contains "$stderr" 'tcpblame --help'
}

@test "a mistyped option or command gets the one that was meant" {
    refused_as 2 'there is no option --prot' --prot 80
    contains "$stderr" 'did you mean --port?'
    refused_as 2 'there is no option --durration' trace --durration=5
    contains "$stderr" 'did you mean --duration?'
    refused_as 2 "there is no command 'reprot'" reprot file
    contains "$stderr" 'did you mean report?'
    refused_as 2 "there is no cause or reason 'peer-close'" explain peer-closed peer-close
    contains "$stderr" 'did you mean peer-closed?'
    refused_as 2 "there is no cause or reason 'oom-kiled'" explain idle oom-kiled
    contains "$stderr" 'did you mean oom-killed?'
    refused_as 2 "there is no cause or reason 'weather'" explain weather
    contains "$stderr" 'tcpblame explain lists them'
    refused_as 2 "there is no command 'weather'" weather
    lacks "$stderr" 'did you mean'
    refused_as 2 "a number alone says nothing: '5432'" 5432
    contains "$stderr" 'tcpblame -P 5432 watches a port'
    refused_as 2 'EPIPE is what a program gets' explain EPIPE
    contains "$stderr" 'tcpblame explain lists them'
}

@test "explain and schema take no option that would do nothing there" {
    refused_as 2 '--json is not for explain' explain -j
    refused_as 2 '--port is not for explain' -P 80 explain refused
    refused_as 2 '--color is not for schema' schema --color never
    refused_as 2 "unexpected argument 'x'" schema x
}

@test "an unknown command or a stray argument is named" {
    refused_as 2 'frob' frob
    refused_as 2 'frob' trace frob
    refused_as 2 '4242' -P 80 4242
}

@test "a command given twice is refused" {
    refused_as 2 'trace' trace trace -d 0.1
    refused_as 2 'record' record -w x record
    refused_as 2 'report' trace report x
}

@test "a value that is missing is asked for, in words for people" {
    for flag in -p -P -L -D -n -d --count -o --output --color -w --write -u --user; do
        refused_as 2 'value' "$flag"
        lacks "$stderr" TEXT # the parser's own words
    done
}

@test "a flag where a value belongs is not taken for the value" {
    refused_as 2 '--pid' -p -P 80
}

@test "a list has 16 entries at most" {
    local list
    list=$(seq -s, 17)
    refused_as 2 'too many ports: 17' -P "$list"
    refused_as 2 'too many local ports: 17' -L "$list"
    refused_as 2 'too many remote ports: 17' -D "$list"
    refused_as 2 'too many names: 17' -n "$list"
}

@test "a command line that is refused leaves the output file as it was" {
    echo kept > "$BATS_TEST_TMPDIR/file"
    run_tool --output "$BATS_TEST_TMPDIR/file" -P "$(seq -s, 17)"
    equal "$(cat "$BATS_TEST_TMPDIR/file")" kept 'the file'
}

@test "bytes that are not for a terminal are escaped in a message" {
    refused_as 2 'invalid --port' -P $'\e[31m80\n'
    lacks "$stderr" $'\e'
    refused_as 1 'cannot write to' --output $'/nonexistent/\e[2J'
    lacks "$stderr" $'\e'
}
