#!/usr/bin/env bats
# The help, short and long, and the version.

load helper

@test "-h fits a screen of 24 lines and 80 columns" {
    run_tool -h
    equal "$status" 0 'exit code'
    equal "$stderr" '' 'standard error'
    ((${#lines[@]} > 5)) || give_up 'that is no help'
    (($(wc -l <<< "$output") <= 24)) || give_up 'more than 24 lines'
    fits_80_columns
}

@test "--help fits 80 columns" {
    run_tool --help
    equal "$status" 0 'exit code'
    equal "$stderr" '' 'standard error'
    fits_80_columns
}

fits_80_columns() {
    local line
    for line in "${lines[@]}"; do
        ((${#line} <= 80)) || give_up "more than 80 columns: $line"
    done
}

@test "-h shows three real examples, and each of them would be taken" {
    run_tool -h
    local examples command words
    examples=$(sed -nE 's/^  (sudo )?(tcpblame .*)/\2/; T; s/   .*//p' <<< "$output")
    equal "$(wc -l <<< "$examples")" 3 'examples'
    while read -r command; do
        read -ra words <<< "$command"
        # Read as a whole, but not carried out. What is behind "run --" is not ours.
        run_tool --help "${words[@]:1}"
        equal "$status" 0 "$command"
    done <<< "$examples"
}

@test "the helps are, to the letter, those that were agreed on" {
    diff "$BATS_TEST_DIRNAME/help/short.txt" <("$TCPBLAME" -h)
    diff "$BATS_TEST_DIRNAME/help/long.txt" <("$TCPBLAME" --help)
}

@test "--help mentions every option, and -h every one but what is on its face" {
    local flag
    run_tool -h
    local short=$output
    run_tool --help
    # Each is an entry of the table.
    while read -r flag; do
        contains "$output" " $flag"
        # Of a fleet's store it has one, of what is an agent's or about names none, nor of which verdicts to report.
        [[ $flag =~ ^(-h|--(store-|cluster|keep-days|syntax|config|verdicts-per-second|heartbeat|no-argv|runtime-root|cause|process|connection).*)$ ]] ||
            contains "$short " "$flag"
    done < <(sed -nE 's/^ +\.(short|long)_name = "(-[^"]+)",.*/\2/p' "$ROOT/userspace/cli/option_table.cpp")
    contains "$output" --pid # else the list above was empty
}

@test "each command has a help of its own, which is its man page" {
    local command flag
    for command in run top record report doctor explain schema store; do
        for flag in -h --help; do
            run_tool "$command" "$flag"
            equal "$status" 0 'exit code'
            contains "$output" "tcpblame-$command - "
            contains "$output" "tcpblame $command"
            lacks "$output" '*'
            lacks "$output" '%'
            fits_80_columns
        done
        equal "$output" "$("$TCPBLAME" help "$command")" 'by help, too'
    done
    run_tool record -h
    contains "$output" '--max-files N'
    contains "$output" 'tcpblame record -w incident.tcpblame -d 3600'
    run_tool trace -h
    equal "$output" "$("$TCPBLAME" -h)" 'trace is the usual one'
}

@test "--help reports every exit code" {
    run_tool --help
    for code in 0 1 2 3 4 5 125 126 127; do
        [[ $output =~ (^|[[:space:]])$code'  '[a-z] ]] || give_up "exit code $code is not reported"
    done
}

@test "-V reports the version of the build" {
    run_tool -V
    equal "$status" 0 'exit code'
    equal "$output" "tcpblame $(sed -nE 's/^project\(tcpblame VERSION ([0-9.]+).*/\1/p' "$ROOT/CMakeLists.txt")" -V
    run_tool --version
    contains "$output" 'tcpblame '
}

@test "help is not lost in silence where it cannot be written" {
    local flag
    for flag in -h --help -V; do
        run --separate-stderr sh -c "$TCPBLAME $flag > /dev/full"
        is_refusal 1 'No space left on device'
    done
}
