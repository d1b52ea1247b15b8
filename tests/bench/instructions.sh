#!/usr/bin/env bash
# Fails where reading a teardown, or reporting it, takes more instructions than it may: valgrind counts them.
#
#   instructions.sh PROGRAM WHAT AT_MOST    PROGRAM is that of instructions.cpp, WHAT its argument
set -euo pipefail
program=$1 what=$2 at_most=$3

if ! command -v valgrind > /dev/null; then
    echo "instructions: needs valgrind: scripts/setup" >&2
    exit 1
fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
shared_by=$(valgrind --tool=callgrind --toggle-collect='tcpblame::bench::counted_*' --callgrind-out-file=/dev/null \
    --log-file="$said" "$program" "$what")
counted=$(sed -nE 's/^==[0-9]+== Collected : ([0-9]+).*/\1/p' "$said")
if ((${counted:-0} == 0 || ${shared_by:-0} == 0)); then
    cat "$said" >&2
    echo "instructions: nothing was counted" >&2
    exit 1
fi
each=$((counted / shared_by))
echo "$what: $each instructions each, of $shared_by; at most $at_most"
((each <= at_most))
