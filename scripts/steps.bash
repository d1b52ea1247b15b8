# Runs steps, one line each, and counts what passed: what scripts/test and scripts/nightly have in common.
# To be sourced, with the folder for what each step printed.
# shellcheck shell=bash disable=SC2317 # step calls what it is given

logs=$1
mkdir -p "$logs"
counts=$logs/counts # a line for each step: how many passed, how many failed
failures=$logs/failures # the lines that name what failed
: > "$counts"
: > "$failures"

# seconds_since MICROSECONDS: with one decimal.
seconds_since() {
    local tenths=$(((${EPOCHREALTIME/[.,]/} - $1) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}
all_began=${EPOCHREALTIME/[.,]/}

# step NAME COUNT COMMAND…: COUNT reads what the command printed and prints how many cases passed and how many did not.
step() {
    local name=$1 count=$2 log=$logs/$1.log began=${EPOCHREALTIME/[.,]/} code=0 good=0 bad=0 took
    shift 2
    "$@" > "$log" 2>&1 || code=$?
    read -r good bad < <("$count" "$code" < "$log") || true
    # A runner that died has no case to blame, and one that ran nothing has tested nothing.
    if ((bad == 0 && (code != 0 || good == 0))); then bad=1; fi
    took=$(seconds_since "$began")
    # Two may end at the same time, and each has the screen for itself.
    {
        flock 9
        echo "$good $bad" >&9
        if ((bad)); then
            name_failed "$name" < "$log" >> "$failures"
            printf 'FAIL  %-15s %6s s  %d passed, %d failed\n' "$name" "$took" "$good" "$bad"
            cat "$log"
            return 1
        fi
        printf 'ok    %-15s %6s s  %d passed\n' "$name" "$took" "$good"
    } 9>> "$counts"
}

# name_failed STEP: of what the step printed, the lines that name a case which failed, in the words of each runner, and
# what follows: bats says where it was in four lines, and then why.
name_failed() {
    grep --after-context=9 --no-group-separator -E '^ *(FAIL|ERROR|not ok|less) |^(FAIL|ERROR): |\*\*\*(Failed|Skipped|Not Run|Timeout|Exception)| (error|warning): ' |
        head -90 | cut -c1-600 | sed "s/^/$1: /" || echo "$1: see above"
}

# Waits for the steps in the background, and ends with what failed, in short, since what the steps printed is long; with
# the time of all; and with the line that counts.
finish() {
    wait
    local passed failed
    read -r passed failed < <(awk '{ good += $1; bad += $2 } END { print good + 0, bad + 0 }' "$counts")
    cat "$failures"
    printf 'all   %-15s %6s s\n' '' "$(seconds_since "$all_began")"
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

# A check is one case, and so is a build. For the others: a test that was skipped or disabled has not passed.
as_one() { if (($1 == 0)); then echo 1 0; else echo 0 1; fi; }

# "96% tests passed, 2 tests failed out of 50", where the 50 hold the skipped but not the disabled
of_ctest() {
    awk '/tests passed, [0-9]+ tests? failed out of/ { bad += $4; all = $NF }
         /\*\*\*Skipped/ { bad++ }
         /\*\*\*Not Run \(Disabled\)/ { disabled++ }
         END { print all - bad, bad + disabled }'
}

# "Ran 21 tests in 0.1s", then "OK" or "FAILED (failures=1, skipped=2)"
of_unittest() {
    awk '/^Ran / { all = $2 }
         /^(OK|FAILED) \(/ { parts = split($0, part, /[=,)]/); for (i = 2; i <= parts; i += 2) bad += part[i] }
         END { print all - bad, bad + 0 }'
}

# TAP: "ok 1 name", "not ok 2 name", "ok 3 name # skip why"
of_bats() { awk '/^ok / && !/ # skip/ { good++ } /^not ok |^ok .* # skip/ { bad++ } END { print good + 0, bad + 0 }'; }

# "78 passed, 0 failed", as the last line here
of_stories() { awk '/^[0-9]+ passed, [0-9]+ failed$/ { good = $1; bad = $3 } END { print good + 0, bad + 0 }'; }
