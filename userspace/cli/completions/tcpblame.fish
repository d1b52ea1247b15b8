# Completes the command line of tcpblame in fish.

# For the last entry of a list with commas. (__fish_append takes all up to the last '=' for the option.)
function __tcpblame_list
    set -l typed (commandline -ct | string replace -r '^--[a-z]+=' '')
    set -l before (string match -r '^.*,' -- $typed)
    set -q argv[1]; and printf '%s\n' "$before"$argv
end

function __tcpblame_comms
    __tcpblame_list (command ps -eo comm= | sort -u)
end

function __tcpblame_netns
    set -l names /run/netns/*
    __tcpblame_list (string replace -r '.*/' '' $names)
end

function __tcpblame_cgroups
    set -l typed (commandline -ct | string replace -r '^--cgroup=' '' | string replace -r '.*,' '')
    set -l root /sys/fs/cgroup
    test -e $root/cgroup.controllers; or set root $root/unified # beside version 1
    set -l cgroups $root$typed*/
    __tcpblame_list (string replace $root '' (string trim --right --chars / -- $cgroups))
end

# __tcpblame_ports COLUMN OPTION…: the ports in that column of ss.
function __tcpblame_ports
    __tcpblame_list (command ss -H -t -n $argv[2..] 2> /dev/null |
        command awk -v column=$argv[1] '{ sub(/.*:/, "", $column); print $column }' | sort -u)
end

function __tcpblame_hosts
    __tcpblame_list (command ss -H -t -n 2> /dev/null |
        command awk '{ sub(/:[^:]*$/, "", $5); gsub(/[][]/, "", $5); print $5 }' | sort -u)
end

function __tcpblame_hooks
    __tcpblame_list state-change=tracepoint rst-sent=tracepoint \
        rst-sent-without-socket={tracepoint,fentry,kprobe} rst-received=tracepoint \
        write-failure={fexit,kprobe,tracepoint,syscall} sigpipe=tracepoint socket-destroyed=tracepoint \
        error-reported={tracepoint,fentry} process-exit=tracepoint existing-sockets=iterator read-failure=tracepoint fork=tracepoint rename=tracepoint
end

set -l no_command 'not __fish_seen_subcommand_from trace run top record report doctor explain schema'
# What a command would refuse, or take without effect, is left out.
set -l watching 'not __fish_seen_subcommand_from explain schema'
set -l not_report 'not __fish_seen_subcommand_from report explain schema'
set -l to_file 'not __fish_seen_subcommand_from record top explain schema'
set -l not_doctor 'not __fish_seen_subcommand_from doctor explain schema'
set -l printing 'not __fish_seen_subcommand_from record doctor explain schema'
set -l in_formats 'not __fish_seen_subcommand_from record top doctor explain schema'
set -l colouring 'not __fish_seen_subcommand_from record doctor schema'
set -l tracing 'not __fish_seen_subcommand_from report doctor explain schema'
set -l reporting 'not __fish_seen_subcommand_from trace run top record doctor explain schema'
set -l selecting 'not __fish_seen_subcommand_from run explain schema'
set -l topping 'not __fish_seen_subcommand_from trace run record report doctor explain schema'
set -l running 'not __fish_seen_subcommand_from trace top record report doctor explain schema'

complete -c tcpblame -f
complete -c tcpblame -n $no_command -a trace -d 'Watch, and say who broke what'
complete -c tcpblame -n $no_command -a run -d 'Start a command, and watch it'
complete -c tcpblame -n $no_command -a top -d 'Show who breaks whom, as a live table'
complete -c tcpblame -n $no_command -a record -d 'Keep what happens, to be reported later'
complete -c tcpblame -n $no_command -a report -d 'Report what was recorded'
complete -c tcpblame -n $no_command -a doctor -d 'What this kernel can show, and what it costs'
complete -c tcpblame -n $no_command -a explain -d 'What a cause means, and how to fix it'
complete -c tcpblame -n $no_command -a schema -d 'The JSON Schema of what --json prints'
complete -c tcpblame -n '__fish_seen_subcommand_from report' -F
complete -c tcpblame -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand --fcs-skip=2 -P -L -D -d -o -w -u --color --count --netns --hook --ring --max-memory)'
complete -c tcpblame -n '__fish_seen_subcommand_from explain' -a 'peer-closed peer-aborted local-shutdown refused never-connected pipe-reader-gone unix-peer-closed timed-out
    unreachable killed-by-admin local-abort unknown-connection sent-by-process orderly unknown error-already-taken'

complete -c tcpblame -n $selecting -s p -l pid -x -a '(__tcpblame_list (__fish_complete_pids))' -d 'Processes with these ids'
complete -c tcpblame -n $selecting -s n -l comm -x -a '(__tcpblame_comms)' -d 'Processes or threads of these names'
complete -c tcpblame -n $watching -s P -l port -x -a '(__tcpblame_ports 4 -l)' -d 'Connections with this port at either end'
complete -c tcpblame -n $watching -s L -l localport -x -a '(__tcpblame_ports 4 -l)' -d 'Connections with this port at our end'
complete -c tcpblame -n $watching -s D -l remoteport -x -a '(__tcpblame_ports 5)' -d 'Connections with this port at the other end'
complete -c tcpblame -n $watching -l host -x -a '(__tcpblame_hosts)' -d 'Connections with this address at either end'
complete -c tcpblame -n $selecting -s c -l cgroup -x -a '(__tcpblame_cgroups)' -d 'Processes in these cgroups and below'
complete -c tcpblame -n $watching -l netns -r -F -a '(__tcpblame_netns)' -d 'Connections in these network namespaces'
complete -c tcpblame -n $not_report -s f -l follow -d 'The children of the processes, too'
complete -c tcpblame -n $watching -s 4 -d 'IPv4 only'
complete -c tcpblame -n $watching -s 6 -d 'IPv6 only'
complete -c tcpblame -n $watching -s a -l all -d 'Every connection\'s end'
complete -c tcpblame -n $not_report -l reads -d 'Which read took an error first'
complete -c tcpblame -n $to_file -s j -l json -d 'One JSON object a line'
complete -c tcpblame -n $to_file -s o -l output -r -F -d 'Into a file'
complete -c tcpblame -n $not_report -l hook -x -a '(__tcpblame_hooks)' -d 'Which program is to play a role'
complete -c tcpblame -s h -d 'The short help'
complete -c tcpblame -l help -d 'All of the help'
complete -c tcpblame -s V -l version -d 'The version'

complete -c tcpblame -n $tracing -s d -l duration -x -d 'End after so long'
complete -c tcpblame -n $not_doctor -l count -x -d 'End after so many verdicts'
complete -c tcpblame -n $in_formats -l wide -d 'A table, one line a verdict'
complete -c tcpblame -n $in_formats -l format -x -a 'text table jsonl' -d 'How to print'
complete -c tcpblame -n $printing -s t -l relative -d 'Times since the start, not of the day'
complete -c tcpblame -n $printing -s v -l verbose -d 'Executable, cgroup, socket, traffic and event ids too'
complete -c tcpblame -n $colouring -l color -x -a 'auto always never' -d 'When to colour'
complete -c tcpblame -n $tracing -l dry-run -d 'Attach, say by which programs, and end'
complete -c tcpblame -n $tracing -s w -l write -r -F -d 'Record what happens into a file'
complete -c tcpblame -n $tracing -l max-size -x -d 'Begin the next file when one is so long'
complete -c tcpblame -n $tracing -l max-age -x -d 'Begin the next file when one is so old'
complete -c tcpblame -n $tracing -l max-files -x -d 'How many files, the oldest overwritten'
complete -c tcpblame -n $watching -l overwrite -d 'Replace a file that has something in it'
complete -c tcpblame -n $tracing -l ring -x -d 'The ring between kernel and reader'
complete -c tcpblame -n $tracing -l max-memory -x -d 'For what is remembered of connections'
complete -c tcpblame -n $topping -l interval -x -d 'How often the table is refreshed'
complete -c tcpblame -n $running -s u -l user -x -a '(__fish_complete_users)' -d 'As whom the command runs'
complete -c tcpblame -n $reporting -s x -l errors-only -d 'Without the orderly ends'
complete -c tcpblame -n $reporting -l since -x -d 'Not what was before'
complete -c tcpblame -n $reporting -l until -x -d 'Not what was after'
complete -c tcpblame -n $reporting -l html -r -F -d 'Into a page for a browser'
complete -c tcpblame -n $reporting -l perfetto -r -F -d 'Into a trace for Perfetto'
