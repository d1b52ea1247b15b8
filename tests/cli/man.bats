#!/usr/bin/env bats
# The man pages say what the tool does, and all of it.

load helper

PAGE=$(dirname "$TCPBLAME")/tcpblame.1

# As a person sees it, but in one width and without hyphens.
page() { LC_ALL=C.UTF-8 MANWIDTH=120 MANROFFOPT='' man --warnings --no-hyphenation -P cat -l "$PAGE"; }

# The page of a command; so wide that no word is broken at its hyphen.
page_of() { LC_ALL=C.UTF-8 MANWIDTH=5000 MANROFFOPT='' man --warnings --no-hyphenation -P cat -l "${PAGE%.1}-$1.1"; }

# section NAME: its lines.
section() { page | awk -v name="$1" '/^[^ ]/ { inside = $0 == name; next } inside'; }

# items NAME: what the section defines, as bold words at its first indent.
items() { section "$1" | sed -nE 's/^ {7}([^ ]+)$/\1/p'; }

@test "man renders the page without a warning" {
    run --separate-stderr page
    equal "$status" 0 'exit code'
    equal "$stderr" '' warnings
    contains "$output" SYNOPSIS
}

@test "the page has every option of --help, and --help every one of the page" {
    local options
    options=$(section OPTIONS | grep -E '^ {7}-' | grep -oE -- '(^ {7}|, )--?[A-Za-z0-9][A-Za-z0-9-]*' |
        tr -d ' ,' | LC_ALL=C sort -u)
    equal "$options" "$(options_in_help)" options
}

@test "the page has every exit code of --help" {
    local codes
    codes=$("$TCPBLAME" --help | sed -n '/^Exit status/,$p' | grep -oE '(^| ) [0-9]+  [a-z]' | grep -oE '[0-9]+' | sort -n)
    contains "$codes" 125 # of run
    equal "$(items 'EXIT STATUS')" "$codes" codes
}

@test "the page has every command" {
    equal "$(items COMMANDS | sort)" "$(commands)" commands
}

commands() {
    sed -nE 's/^ +\.name = "([a-z]+)",$/\1/p' "$ROOT/userspace/cli/command_table.cpp" | sort
}

@test "every command but the usual one has a page, which man renders without a warning, and all pages name it" {
    local command
    for command in $(commands); do
        [[ $command != trace ]] || continue
        run --separate-stderr page_of "$command"
        equal "$status" 0 'exit code'
        equal "$stderr" '' warnings
        contains "$output" "tcpblame $command"
        contains "$output" EXAMPLES
        contains "$(section 'SEE ALSO' | tr -d ' \n')" "tcpblame-$command(1)" # a line may end within a name
        contains "$(tail -1 <<< "$output")" "$("$TCPBLAME" --version)"
    done
    [[ -n $command ]]
}

@test "the page has every cause of the JSON contract" {
    local causes
    causes=$(/usr/bin/python3 - "$ROOT/userspace/render/schema.json" << 'END'
import json, sys
print(*json.load(open(sys.argv[1]))["$defs"]["cause"]["enum"], sep="\n")
END
    )
    equal "$(items CAUSES)" "$causes" causes
    contains "$(section CAUSES)" 'Advice: find who calls shutdown(SHUT_WR)'
}

@test "the page has every reason of the JSON contract" {
    local reasons
    reasons=$(/usr/bin/python3 - "$ROOT/userspace/render/schema.json" << 'END'
import json, sys
print(*json.load(open(sys.argv[1]))["$defs"]["why"]["items"]["properties"]["code"]["enum"], sep="\n")
END
    )
    equal "$(items REASONS)" "$reasons" reasons
}

@test "the page is of this version" {
    contains "$(page | tail -1)" "$("$TCPBLAME" --version)"
}

# words TEXT: without layout and marks, each on a line.
words() { tr -s '[:space:]' '\n' | tr -d '\302\267\342\200\242' | grep -vx -- '-' | grep .; }

@test "tcpblame-explain says of every cause and reason what the program says" {
    local cause page
    page=$(page_of explain | words)
    for cause in $("$TCPBLAME" explain | sed -nE 's/^([a-z]+(-[a-z]+)*)  .*/\1/p'); do
        # Its first line has the cause's name before the meaning.
        contains "$page" "$("$TCPBLAME" explain "$cause" | tail -n +3 | words)"
    done
    contains "$page" CLOSE_WAIT
}
