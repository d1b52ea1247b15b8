# Completes the command line of tcpblame in bash; bash-completion loads it.
# shellcheck shell=bash

# Completes the last entry of a list with commas. Without compgen -W, which would expand what a process is named.
_tcpblame_list() {
    local word before=
    [[ $cur != *,* ]] || before=${cur%,*},
    for word in "$@"; do
        [[ $word != "${cur##*,}"* ]] || COMPREPLY+=("$before$word")
    done
    # readline replaces only what stands behind the last '=', where that breaks words.
    if [[ $cur == *=* && $COMP_WORDBREAKS == *=* ]]; then
        before=${cur%"${cur##*=}"}
        COMPREPLY=("${COMPREPLY[@]#"$before"}")
    fi
}

# Only names that mean nothing to a shell: they are put on the command line as they are.
_tcpblame_comms() {
    local comms
    mapfile -t comms < <(command ps -eo comm= | LC_ALL=C command grep -xE '[A-Za-z0-9_.:/@+-]+' | command sort -u)
    _tcpblame_list "${comms[@]}"
}

_tcpblame_pids() {
    local pids
    mapfile -t pids < <(command ps -eo pid= | command tr -d ' ')
    _tcpblame_list "${pids[@]}"
}

_tcpblame_users() {
    local users
    mapfile -t users < <(compgen -u)
    _tcpblame_list "${users[@]}"
}

_tcpblame_netns() {
    local name names=()
    if [[ ${cur##*,} == /* ]]; then
        mapfile -t names < <(compgen -f -- "${cur##*,}")
        compopt -o filenames
    else
        for name in /run/netns/*; do
            [[ ! -e $name ]] || names+=("${name##*/}")
        done
    fi
    _tcpblame_list "${names[@]}"
}

_tcpblame_cgroups() {
    local root=/sys/fs/cgroup directories
    [[ -e $root/cgroup.controllers ]] || root+=/unified # beside version 1
    mapfile -t directories < <(compgen -d -- "$root${cur##*,}")
    compopt -o filenames
    _tcpblame_list "${directories[@]#"$root"}"
}

# _tcpblame_ports COLUMN OPTION…: the ports in that column of ss.
_tcpblame_ports() {
    local ports column=$1
    mapfile -t ports < <(command ss -H -t -n "${@:2}" 2> /dev/null |
        command awk -v column="$column" '{ sub(/.*:/, "", $column); print $column }' | command sort -u)
    _tcpblame_list "${ports[@]}"
}

_tcpblame_hosts() {
    local hosts
    mapfile -t hosts < <(command ss -H -t -n 2> /dev/null |
        command awk '{ sub(/:[^:]*$/, "", $5); gsub(/[][]/, "", $5); print $5 }' | command sort -u)
    _tcpblame_list "${hosts[@]}"
}

_tcpblame_causes() {
    _tcpblame_list peer-closed peer-aborted local-shutdown refused never-connected pipe-reader-gone unix-peer-closed \
        timed-out unreachable killed-by-admin local-abort unknown-connection sent-by-process orderly unknown \
        error-already-taken
}

_tcpblame_hooks() {
    _tcpblame_list state-change=tracepoint rst-sent=tracepoint rst-sent-without-socket={tracepoint,fentry,kprobe} \
        rst-received=tracepoint write-failure={fexit,kprobe,tracepoint,syscall} sigpipe=tracepoint \
        socket-destroyed=tracepoint error-reported={tracepoint,fentry} process-exit=tracepoint existing-sockets=iterator \
        read-failure=tracepoint fork=tracepoint rename=tracepoint
}

_tcpblame() {
    local cur prev words cword split
    _init_completion -s || return

    case $prev in
    -p | --pid) _tcpblame_pids && return ;;
    -n | --comm) _tcpblame_comms && return ;;
    -c | --cgroup) _tcpblame_cgroups && return ;;
    --host) _tcpblame_hosts && return ;;
    --netns) _tcpblame_netns && return ;;
    -o | --output | -w | --write | --html | --perfetto) _filedir && return ;;
    --format) _tcpblame_list text table jsonl && return ;;
    -u | --user) _tcpblame_users && return ;;
    --color) _tcpblame_list auto always never && return ;;
    --hook) _tcpblame_hooks && return ;;
    -P | --port | -L | --localport) _tcpblame_ports 4 -l && return ;;
    -D | --remoteport) _tcpblame_ports 5 && return ;;
    -d | --duration | --count | --interval | --since | --until) return ;;
    --max-size | --max-age | --max-files | --ring | --max-memory) return ;;
    esac
    # shellcheck disable=SC2154 # _init_completion sets it
    if $split; then return; fi

    local at command=
    for ((at = 1; at < cword; at++)); do
        case ${words[at]} in
        trace | run | top | record | report | doctor | explain | schema) command=${words[at]} ;;
        --) if [[ $command == run ]]; then _command_offset $((at + 1)) && return; fi ;;
        esac
    done
    if [[ $cur == -* ]]; then
        local options=(-h --help -V --version)
        # What a command would refuse, or take without effect, is left out.
        local text=explain\|schema
        [[ $command == @($text) ]] || options+=(-P --port -L --localport -D --remoteport --host --netns -4 -6 -a --all)
        [[ $command == @(run|$text) ]] || options+=(-p --pid -n --comm -c --cgroup)
        [[ $command == @(report|$text) ]] || options+=(-f --follow --reads --hook)
        [[ $command == @(record|top|$text) ]] || options+=(-j --json -o --output)
        [[ $command == @($text) ]] || options+=(--overwrite)
        [[ $command == @(doctor|$text) ]] || options+=(--count)
        [[ $command == @(record|top|doctor|$text) ]] || options+=(--wide --format)
        [[ $command == @(record|doctor|$text) ]] || options+=(-t --relative -v --verbose)
        [[ $command == @(record|doctor|schema) ]] || options+=(--color)
        [[ $command == @(report|doctor|$text) ]] || options+=(-d --duration -w --write --dry-run --max-size
            --max-age --max-files --ring --max-memory)
        [[ $command == @(trace|run|top|record|doctor|$text) ]] || options+=(-x --errors-only --since --until
            --html --perfetto)
        [[ $command == @(trace|top|record|report|doctor|$text) ]] || options+=(-u --user)
        [[ $command == @(trace|run|record|report|doctor|$text) ]] || options+=(--interval)
        _tcpblame_list "${options[@]}"
    elif [[ -z $command ]]; then
        _tcpblame_list trace run top record report doctor explain schema
    elif [[ $command == report ]]; then
        _filedir
    elif [[ $command == explain ]]; then
        _tcpblame_causes
    elif [[ $command == run ]]; then
        local names
        mapfile -t names < <(compgen -c -- "$cur")
        COMPREPLY+=("${names[@]}")
    fi
} && complete -F _tcpblame tcpblame
