#!/usr/bin/env bats
# The README says what is so: its commands are taken, its links lead somewhere, and it has every cause and every reason.

load helper

README=$ROOT/README.md

# section NAME: its lines.
section() { awk -v name="## $1" '/^## / { inside = $0 == name; next } inside' "$README"; }

# table SECTION: the codes in the first column of its table.
# shellcheck disable=SC2016 # Markdown
table() { section "$1" | sed -n 's/^| \(`[^|]*\) |.*/\1/p' | grep -oE '`[^`]+`' | tr -d '`' | LC_ALL=C sort; }

# explained FROM TO: the codes that explain lists between these lines.
explained() { "$TCPBLAME" explain | sed -n "/^$1/,/^$2/p" | sed -nE '/^tcpblame/d; s/^([a-z]+(-[a-z]+)*) +[^ ].*/\1/p' | LC_ALL=C sort; }

@test "every cause and every reason is in the README, and no other" {
    equal "$(table Causes)" "$(explained Causes, '$' | grep -v error-already-taken)" causes
    equal "$(table Reasons)" "$(explained Reasons 'tcpblame explain CAUSE')" reasons
}

# The README's commands of the tool, a line each, as words of a shell.
commands() { sed -nE 's/^ *(sudo )?(tcpblame( .*)?)$/\2/p' "$README" | sed -E 's/ +#.*//; s/NAME/nginx/; s/ DIR\b/ ./'; }

# bats test_tags=root
@test "every command of the README is one that it takes" {
    local command process seen=0
    cd "$BATS_TEST_TMPDIR"
    cp "$ROOT/tests/recordings/6.1.176/admin-kill.rec" db1.tcpblame # of another host
    for file in {incident,web1}.tcpblame night.tcpblame.1; do
        cp "$ROOT/tests/recordings/6.12.117/admin-kill.rec" "$file"
    done
    sleep 60 3>&- & # a process to watch
    process=$!
    CHILDREN+=("$process")
    while read -r command; do
        seen=$((seen + 1))
        command=${command/4242/$process}
        command=${command/\/system.slice/\/}
        case $command in
        *' explain '*) ;;
        *' report '*) command=${command/14:05/00:00} ;; # what it is about is another's
        *' run '*) command=${command/ run / run --dry-run } ;;
        *) command+=' --dry-run' ;;
        esac
        # shellcheck disable=SC2086 # words, and a pattern of files
        run "$TCPBLAME" ${command#tcpblame}
        equal "$status" 0 "exit code of: $command: $output"
    done < <(commands)
    ((seen >= 15)) || give_up "only $seen commands were found"
}

@test "every link of the README leads somewhere" {
    local link file anchor seen=0
    while read -r link; do
        seen=$((seen + 1))
        file=${link%%#*}
        [[ -z $file || -e $ROOT/$file ]] || give_up "there is no $file"
        [[ $link == *'#'* ]] || continue
        anchor=${link##*#}
        sed -nE 's/^#+ //p' "$ROOT/${file:-README.md}" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 -]//g; s/ /-/g' |
            grep -qxF -- "$anchor" || give_up "there is no section $link"
    done < <(grep -oE '\]\([^)]+\)' "$README" | sed 's/^](//; s/)$//')
    ((seen >= 15)) || give_up "only $seen links were found"
}

@test "what it costs is as it was measured" {
    local line seen=0
    while read -r line; do
        seen=$((seen + 1))
        grep -qxF -- "$line" "$ROOT/tests/bench/RESULTS.md" || give_up "not in RESULTS.md: $line"
    done < <(section Overhead | grep '^| ')
    ((seen == 6)) || give_up "$seen lines"
}
