#!/usr/bin/env bats
# Where the output goes, that it gets there, and what it may look like.
# bats file_tags=root

load helper

# Runs a shell command in which tcpblame is the tool.
in_shell() { run --separate-stderr timeout "$PATIENCE" bash -c "tcpblame() { '$TCPBLAME' \"\$@\"; }; $1"; }

@test "an output that cannot be written is said, and why" {
    refused_as 1 'No such file or directory' -d 1 --output /nonexistent/x
    refused_as 1 'Is a directory' -d 1 --output "$BATS_TEST_TMPDIR"
    contains "$stderr" 'name a file that can be written'
}

@test "a full disk is an error" {
    local how
    for how in '--output /dev/full' '-j --output /dev/full' '> /dev/full' '-j > /dev/full'; do
        in_shell "tcpblame -d 0.2 $how"
        equal "$status" 1 "exit code of $how"
        contains "$stderr" 'No space left on device'
        speaks_for_itself
    done
}

@test "a closed standard output is an error" {
    in_shell 'tcpblame -d 0.2 >&-'
    is_refusal 1 'Bad file descriptor'
}

@test "--output writes the file and leaves standard output alone" {
    run_tool -j -P 1 -d 0.2 --output "$BATS_TEST_TMPDIR/file"
    equal "$status" 0 'exit code'
    equal "$output" '' 'standard output'
    equal "$(grep -c '"type"' "$BATS_TEST_TMPDIR/file")" 2 'lines in the file'
}

@test "a reader that has gone (| head -1) is no error" {
    in_shell 'set -o pipefail; tcpblame -j -d 1 | head -1'
    equal "$status" 0 'exit code'
    contains "$output" '"type":"start"'
    equal "$stderr" '' 'standard error'
}

@test "a reader that has gone ends the tool with the next verdict" {
    start_pipe_story
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    OUT=$BATS_TEST_TMPDIR/pipe
    head -1 "$OUT" > "$BATS_TEST_TMPDIR/head" 3>&- &
    "$TCPBLAME" -j -p "$SUBJECT" < /dev/null > "$OUT" 2> "$ERR" 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually test -s "$BATS_TEST_TMPDIR/head"
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    equal "$(cat "$ERR")" '' 'standard error'
}

# Reports the story under the tool as the arguments of `env` say, and prints what the tool wrote.
verdict_under() {
    start_pipe_story
    start_tool -p "$SUBJECT" --count 1 "$@"
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
}

@test "into a file there is no color" {
    verdict_under
    contains "$(cat "$OUT")" 'SIGPIPE'
    lacks "$(cat "$OUT" "$ERR")" $'\e'
}

@test "--color always colors a file too" {
    verdict_under --color always
    contains "$(cat "$OUT")" $'\e['
}

@test "NO_COLOR does not overrule --color always" {
    RUN_BY=(env NO_COLOR=1)
    verdict_under --color always
    contains "$(cat "$OUT")" $'\e['
}

@test "JSON has no color, whatever is asked for" {
    verdict_under -j --color always
    lacks "$(cat "$OUT")" $'\e'
}

# on_a_terminal NAME=VALUE… -- [ARGUMENT…]: as verdict_under, with a terminal as standard output.
on_a_terminal() {
    local environment=() screen=$BATS_TEST_TMPDIR/screen
    rm -f "$screen"
    for (( ; $# > 0; )); do
        [[ $1 != -- ]] || break
        environment+=("$1")
        shift
    done
    shift
    start_pipe_story
    env "${environment[@]}" script --quiet --flush --return --command \
        "'$TCPBLAME' -p $SUBJECT --count 1 $*" "$screen" < /dev/null > /dev/null 3>&- &
    TOOL=$!
    CHILDREN+=("$TOOL")
    eventually grep -q 'watching' "$screen" || give_up 'the tool did not start'
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    OUT=$screen
    contains "$(cat "$OUT")" SIGPIPE
}

# Not what erases the status line.
colors() { grep -cE $'\e\\[[0-9;]*m' "$OUT"; }

@test "a terminal gets color" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR= TERM=xterm --
    (($(colors) > 0))
}

@test "a terminal with NO_COLOR gets none" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR=1 --
    equal "$(colors)" 0 'lines with colors'
}

@test "a dumb terminal gets none, unless that is asked for" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR= TERM=dumb --
    equal "$(colors)" 0 'lines with colors'
    rm -f "$BATS_TEST_TMPDIR"/story.*
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR= TERM=dumb -- --color always
    (($(colors) > 0))
}

@test "a terminal with --color never gets none" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR= -- --color never
    equal "$(colors)" 0 'lines with colors'
}

@test "a terminal is reported that all is well, and nothing of that is left in the end" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR=1 TERM=xterm --
    contains "$(cat "$OUT")" $'\r\e[K'"watching pid $SUBJECT"
    contains "$(cat "$OUT")" ' s | 0 failed writes, 0 other breaks'$'\r\e[K'
}

@test "a terminal that can erase nothing is not" {
    on_a_terminal LC_ALL=C.UTF-8 NO_COLOR=1 TERM=dumb --
    lacks "$(cat "$OUT")" ' | 0 failed writes'
}

@test "a terminal that takes ASCII only gets no more" {
    on_a_terminal LC_ALL=C NO_COLOR=1 --
    lacks "$(LC_ALL=C tr -d '\000-\177' < "$OUT" | od -An -c)" '[0-9]'
    equal "$(LC_ALL=C tr -d '\000-\177' < "$OUT" | wc -c)" 0 'bytes beyond ASCII'
}

@test "a process name cannot write on the screen" {
    start_story /usr/bin/python3 "$BATS_TEST_DIRNAME/hostile_name.py"
    start_tool -v -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    contains "$(cat "$OUT")" SIGPIPE
    is_for_a_screen "$OUT"
    is_for_a_screen "$ERR"
    equal "$(grep -vc '^tcpblame: ' "$ERR")" 0 'lines on standard error that are not its own'
}

# Nothing but text: no control characters, no text direction, all of it UTF-8.
is_for_a_screen() {
    /usr/bin/python3 - "$1" << 'END'
import sys, unicodedata
text = open(sys.argv[1], encoding="utf-8").read()
bad = sorted({character for character in text if unicodedata.category(character)[0] == "C" and character != "\n"})
sys.exit(f"not for a screen: {bad!r} in {text!r}" if bad else 0)
END
}

@test "a process name and a path cannot break JSON" {
    local folder
    folder=$BATS_TEST_TMPDIR/$'e\e[31mvil\n"\xff'
    mkdir "$folder"
    cp "$(realpath /usr/bin/python3)" "$folder/py"
    start_story "$folder/py" "$BATS_TEST_DIRNAME/hostile_name.py"
    start_tool -j -p "$SUBJECT" --count 1
    report_story
    await_tool
    equal "$CODE" 0 'exit code'
    /usr/bin/python3 - "$OUT" "$ROOT/userspace/render/schema.json" << 'END'
import json, sys
import jsonschema
text = open(sys.argv[1], "rb").read().decode("utf-8")
assert "\x1b" not in text, text
lines = [json.loads(line) for line in text.splitlines()]
assert [line["type"] for line in lines] == ["start", "verdict", "end"], text
for line in lines:
    jsonschema.validate(line, json.load(open(sys.argv[2])))
process = lines[1]["process"]
assert process["comm"].startswith("\x1b[31mE\n\""), process
assert "e\x1b[31mvil\n\"" in process["exe"], process
END
}
