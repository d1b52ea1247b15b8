#!/usr/bin/env bash
# Prints what bash completes, one candidate a line; the last word is the unfinished one:
#
#   complete.bash COMPLETIONS WORD…
#
# Like readline, it breaks words at the '=', and keeps what stands before.
# shellcheck disable=SC1090,SC1091 # it is reported which
set -u
. /usr/share/bash-completion/bash_completion
. "$1"
shift

kept=
[[ ${*: -1} != *=* ]] || kept=${*: -1} kept=${kept%=*}=
COMP_WORDS=()
for word in "$@"; do
    while [[ $word == *=* ]]; do
        [[ -z ${word%%=*} ]] || COMP_WORDS+=("${word%%=*}")
        COMP_WORDS+=('=')
        word=${word#*=}
    done
    COMP_WORDS+=("$word")
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$*
COMP_POINT=${#COMP_LINE}
compopt() { :; } # it works only where readline has called
COMPREPLY=()
_tcpblame
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]/#/$kept}"
