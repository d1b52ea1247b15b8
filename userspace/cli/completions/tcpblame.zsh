#compdef tcpblame
# Completes the command line of tcpblame in zsh.

_tcpblame_pids() {
  local -a pids processes=(${(f)"$(command ps -eo pid=,comm=)"})
  local process
  for process in $processes; do pids+=(${${=process}[1]}); done
  _wanted pids expl 'process id' compadd "$@" -d processes -a pids
}

_tcpblame_comms() {
  local -a comms
  comms=(${(fu)"$(command ps -eo comm=)"})
  _wanted comms expl 'process name' compadd "$@" -a comms
}

_tcpblame_netns() {
  local -a names
  if [[ $PREFIX == /* ]]; then
    _files "$@"
  else
    names=(/run/netns/*(N:t))
    _wanted names expl 'network namespace' compadd "$@" -a names
  fi
}

_tcpblame_cgroups() {
  local root=/sys/fs/cgroup
  local -a slash
  [[ -e $root/cgroup.controllers ]] || root+=/unified # beside version 1
  compset -P / || slash=(-P /)
  _path_files "$@" $slash -/ -W $root
}

# _tcpblame_ports COLUMN OPTION COMPADD-OPTION…: the ports in that column of ss.
_tcpblame_ports() {
  local column=$1 listening=$2
  local -a ports
  shift 2
  ports=(${(fu)"$(command ss -H -t -n $=listening 2> /dev/null |
    command awk -v column=$column '{ sub(/.*:/, "", $column); print $column }')"})
  _wanted ports expl port compadd "$@" -a ports
}
_tcpblame_listening() { _tcpblame_ports 4 -l "$@" }
_tcpblame_connected() { _tcpblame_ports 5 '' "$@" }

_tcpblame_hosts() {
  local -a hosts
  hosts=(${(fu)"$(command ss -H -t -n 2> /dev/null |
    command awk '{ sub(/:[^:]*$/, "", $5); gsub(/[][]/, "", $5); print $5 }')"})
  _wanted hosts expl address compadd "$@" -a hosts
}

_tcpblame_causes() {
  local -a causes=(
    peer-closed peer-aborted local-shutdown refused never-connected pipe-reader-gone unix-peer-closed timed-out
    unreachable killed-by-admin local-abort unknown-connection sent-by-process orderly unknown error-already-taken
  )
  _wanted causes expl cause compadd "$@" -a causes
}

_tcpblame_hooks() {
  local -a hooks=(
    state-change=tracepoint rst-sent=tracepoint rst-sent-without-socket={tracepoint,fentry,kprobe}
    rst-received=tracepoint write-failure={fexit,kprobe,tracepoint,syscall} sigpipe=tracepoint
    socket-destroyed=tracepoint error-reported={tracepoint,fentry} process-exit=tracepoint
    existing-sockets=iterator read-failure=tracepoint fork=tracepoint rename=tracepoint
  )
  _wanted hooks expl 'role=program' compadd "$@" -a hooks
}

# zsh has a command called "-".
_tcpblame_program() { [[ $PREFIX != -* ]] && _command_names -e }

# "run" and what may be before the command are left out.
_tcpblame_command() {
  while [[ $words[1] == (run|--) ]] && ((CURRENT > 1)); do
    shift words
    ((CURRENT--))
  done
  _normal
}

_tcpblame() {
  # "options" and "commands" are zsh's own, and what is called from here needs them.
  local expl command=${words[(r)(trace|run|top|record|report|doctor|explain|schema)]}
  local -a arguments=(
    '(- *)-h[the short help]'
    '(- *)--help[all of the help]'
    '(- *)'{-V,--version}'[the version]'
  )
  # What a command would refuse, or take without effect, is left out.
  [[ $command == (explain|schema) ]] || arguments+=(
    '(-P --port)'{-P+,--port=}'[connections with this port at either end]:port:_sequence _tcpblame_listening'
    '(-L --localport)'{-L+,--localport=}'[connections with this port at our end]:port:_sequence _tcpblame_listening'
    '(-D --remoteport)'{-D+,--remoteport=}'[connections with this port at the other end]:port:_sequence _tcpblame_connected'
    '--host=[connections with this address at either end]:address:_sequence _tcpblame_hosts'
    '--netns=[connections with an end in these network namespaces]:network namespace:_sequence _tcpblame_netns'
    '-4[IPv4 only]'
    '-6[IPv6 only]'
    '(-a --all)'{-a,--all}"[every connection's end]"
    '--overwrite[replace a file that has something in it]'
  )
  [[ $command == (run|explain|schema) ]] || arguments+=(
    '(-p --pid)'{-p+,--pid=}'[processes with these ids]:process id:_sequence _tcpblame_pids'
    '(-n --comm)'{-n+,--comm=}'[processes or threads of these names]:process name:_sequence _tcpblame_comms'
    '(-c --cgroup)'{-c+,--cgroup=}'[processes in these cgroups and below]:cgroup:_sequence _tcpblame_cgroups'
  )
  [[ $command == (report|explain|schema) ]] || arguments+=(
    '(-f --follow)'{-f,--follow}'[the children of the processes, too]'
    '--reads[which read took an error first]'
    '--hook=[which program is to play a role]:role=program:_sequence _tcpblame_hooks'
  )
  [[ $command == (record|top|explain|schema) ]] || arguments+=(
    '(-j --json)'{-j,--json}'[one JSON object a line]'
    '(-o --output)'{-o+,--output=}'[into a file]:file:_files'
  )
  [[ $command == (doctor|explain|schema) ]] || arguments+=('--count=[end after so many verdicts]:number: ')
  [[ $command == (record|top|doctor|explain|schema) ]] || arguments+=(
    '--wide[a table, one line a verdict]'
    '--format=[how to print]:format:(text table jsonl)'
  )
  [[ $command == (record|doctor|explain|schema) ]] || arguments+=(
    '(-t --relative)'{-t,--relative}'[times since the start, not of the day]'
    '(-v --verbose)'{-v,--verbose}'[executable, cgroup, socket, traffic and event ids too]'
  )
  [[ $command == (record|doctor|schema) ]] || arguments+=('--color=[when to colour]:when:(auto always never)')
  [[ $command == (report|doctor|explain|schema) ]] || arguments+=(
    '(-d --duration)'{-d+,--duration=}'[end after so long]:seconds: '
    '(-w --write)'{-w+,--write=}'[record what happens into a file]:file:_files'
    '--dry-run[attach, say by which programs, and end]'
    '--max-size=[begin the next file when one is so long]:bytes, or N[KMG]: '
    '--max-age=[begin the next file when one is so old]:seconds: '
    '--max-files=[how many files, the oldest overwritten]:number: '
    '--ring=[the ring between kernel and reader]:bytes, or N[KMG]: '
    '--max-memory=[for what is remembered of connections]:bytes, or N[KMG]: '
  )
  [[ $command == (trace|run|record|report|doctor|explain|schema) ]] ||
    arguments+=('--interval=[how often the table is refreshed]:seconds: ')
  [[ $command == (trace|top|record|report|doctor|explain|schema) ]] ||
    arguments+=('(-u --user)'{-u+,--user=}'[as whom the command runs]:user:_users')
  [[ $command == (trace|run|top|record|doctor|explain|schema) ]] ||
    arguments+=(
      '(-x --errors-only)'{-x,--errors-only}'[without the orderly ends]'
      '--since=[not what was before]:time of day, date and time, or +N[smh]: '
      '--until=[not what was after]:time of day, date and time, or +N[smh]: '
      '--html=[into a page for a browser]:file:_files'
      '--perfetto=[into a trace for Perfetto]:file:_files'
    )
  [[ $command != report ]] || arguments+=('*:recording:_files')
  [[ $command != explain ]] || arguments+=('*:cause:_tcpblame_causes')
  # What it is to start is completed as if it stood alone.
  [[ $command != run ]] || arguments+=('(-)2:command to run:_tcpblame_program' '*::arguments of the command:_tcpblame_command')
  local -a subcommands=(
    'trace\:"watch, and say who broke what"' 'run\:"start a command, and watch it"'
    'top\:"show who breaks whom, as a live table"' 'record\:"record now, report later"'
    'report\:"report what was recorded"' 'doctor\:"what this kernel can show, and what it costs"'
    'explain\:"what a cause means, and how to fix it"' 'schema\:"the JSON Schema of what --json prints"'
  )
  _arguments -s $arguments "1:command:(($subcommands))"
}

_tcpblame "$@"
