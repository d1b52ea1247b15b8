#include "cli/help.hpp"

#include "cli/embedded.hpp"
#include "cli/terminal.hpp"
#include "render/manual.hpp"
#include "render/page.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace tcpblame::cli {

std::string command_help(std::string_view command) {
    std::string source(embedded(fmt::format("tcpblame-{}.1.scd", command)));
    if (source.empty()) return {};
    source.erase(0, source.find("# NAME")); // what the page is called
    const std::string_view filled_in = "%EXPLANATIONS%";
    if (const std::size_t at = source.find(filled_in); at != std::string::npos)
        source.replace(at, filled_in.size(), "*tcpblame explain* lists them.");
    constexpr unsigned kPageWidth = 100;
    render::Page page({.width = std::min(width_of(STDOUT_FILENO), kPageWidth),
                       .color = wants_color(ColorChoice::kAuto, STDOUT_FILENO),
                       .charset = render::Charset::kAscii});
    render::set_manual(source, page);
    return page.take();
}

std::string short_help() {
    return R"(tcpblame - who broke this TCP connection, and why did my write get SIGPIPE?

Usage: tcpblame [trace | run -- CMD | top | record | report FILE... |
                 doctor | explain [CAUSE] | schema] [OPTIONS]

  sudo tcpblame -p 4242          who breaks the connections of one process
  sudo tcpblame run -- ./app     a command, watched from its first instruction
  sudo tcpblame record -w FILE   keep what happens; tcpblame report FILE reports

Options (lists with commas):
  -p, --pid PID         -P, --port PORT        -n, --comm NAME
  -L, --localport PORT  -D, --remoteport PORT  --host ADDRESS[/LEN]
  -c, --cgroup PATH     --netns NS             -f, --follow  -4, -6
  -a, --all             --reads                -x, --errors-only (report)
  -d, --duration SEC    --count N              -t, --relative
  --since WHEN          --until WHEN           -u, --user USER (run)
  -j, --json            -o, --output FILE      --color auto|always|never
  --wide, --format F    --html FILE            --perfetto FILE (report)
  -w, --write FILE      --max-size, --max-age, --max-files N (of FILE.1 ...)
  --ring SIZE           --max-memory SIZE      --dry-run
  --hook ROLE=PROGRAM   -v, --verbose          -V, --version
  --interval SEC (top)  --overwrite           --help   all of it, in full
)";
}

std::string long_help() {
    return R"(tcpblame - who broke this TCP connection, and why did my write get SIGPIPE?

Attaches to the running kernel, waits for a write that gets SIGPIPE, EPIPE or
ECONNRESET, and prints who broke the connection and how. Needs root, or CAP_BPF
and CAP_PERFMON. Ctrl-C ends it with a summary.

Usage: tcpblame [trace] [OPTIONS]
       tcpblame run [OPTIONS] -- CMD...
                              start a command and watch it and its children;
                              under sudo it runs as the one who called sudo.
                              The report goes to standard error. Ends with the
                              command, and exits as it does
       tcpblame top [OPTIONS] a live table of who breaks whom, at a terminal;
                              Enter shows the newest verdict, h the keys
       tcpblame record -w FILE [OPTIONS]
                              record now, report later; print nothing
       tcpblame report FILE... [OPTIONS]
                              print the verdicts of a recording, as trace would have
                              it; on any host, without privilege (-: standard
                              input). Several files, of the hosts at both ends
                              of connections, are merged into one timeline
       tcpblame doctor [-j]   what this kernel can show, by which programs, and
                              what they cost
       tcpblame explain [CAUSE...]
                              what the cause of a verdict means, how to make it
                              happen, how to fix it; without CAUSE: all of them
       tcpblame schema        the JSON Schema of what --json prints

What to watch (lists go with commas between; without any: everything):
  -p, --pid PID           processes with these ids
  -n, --comm NAME         processes or threads of these names (15 bytes count)
  -P, --port PORT         connections with this port at either end
  -L, --localport PORT    ... at our end
  -D, --remoteport PORT   ... at the other end
      --host ADDRESS[/LEN]
                          connections with this address, or one of this network,
                          at either end
  -c, --cgroup PATH       processes in these cgroups (version 2) and below
      --netns NS          connections with an end in these network namespaces: a
                          name (ip netns), a path (/proc/PID/ns/net) or an inode
  -f, --follow            with -p: their children too; with run, which always
                          watches them: wait until all of them have ended
  -u, --user USER         run: as this user (else as the invoking user, or as now)
  -4, -6                  IPv4 only, IPv6 only (an IPv4-mapped address is IPv4)
  A port may be a range (8000-8003) or a service (http). A port, host or namespace
  means connections: pipes and unix sockets are left out.

Also report failed writes and broken connections:
  -a, --all               every connection's end, with the time in each state
      --reads             which read took an error first (a program of ours then
                          runs for every receiving call of the machine)

When to stop:
  -d, --duration SECONDS  after so long (also 5m, 2h)
      --count N           after so many verdicts

Time range (report; WHEN is HH:MM[:SS], 'YYYY-MM-DD HH:MM[:SS]', as JSON has
it, or +90s, +5m or +2h after the recording's start):
      --since WHEN        not what was before
      --until WHEN        not what was after

What to print:
  -j, --json              one JSON object a line
      --wide              a table: one line a verdict, however long
      --format FORMAT     text (the default), table (--wide) or jsonl (--json)
      --html FILE         report: into FILE one page for a browser, that needs
                          nothing else; - for standard output
      --perfetto FILE     report: into FILE a trace for ui.perfetto.dev, a track
                          for each connection and thread
  -t, --relative          times since the start, not of the day
  -v, --verbose           executable, cgroup, socket, traffic and event ids too
  -x, --errors-only       report: without the orderly ends that --all recorded
  -o, --output FILE       into a file (default: standard output)
      --color WHEN        auto (on a terminal, without NO_COLOR), always, never
      --interval SECONDS  top: how often its table is refreshed (1)

What to keep:
  -w, --write FILE        record what happens, for report; trace prints it, too
                          (record: - for standard output)
      --max-size SIZE     FILE.1, FILE.2 ...: the next when one is so long (64M)
      --max-age SECONDS   ... when one is so old
      --max-files N       ... around N of them (10), the oldest overwritten
      --overwrite         replace a FILE of -w or -o that is not empty, which is
                          refused otherwise; begin FILE.1, FILE.2 ... anew
      --ring SIZE         between the kernel and the reader (default: 8M)
      --max-memory SIZE   for what is remembered of connections (default: 512M)

Troubleshooting:
      --dry-run           attach, say by which programs, and end; as doctor does
      --hook ROLE=PROGRAM which program is to play a role, as doctor names them

  -h                      the short help; behind a command: that command's page
      --help              this
  -V, --version           the version

Examples:
  sudo tcpblame -P 5432                one port, at either end
  sudo tcpblame -j -d 60 -n nginx      JSON, for a minute, processes named nginx
  tcpblame report --since 14:05 web1.tcpblame db1.tcpblame

Exit status:
  0  it ran, whatever it saw    3  a privilege is missing
  1  it failed                  4  this kernel cannot do it
  2  the command line is wrong  5  the recording is damaged
Of run, that of its command, 128 + N where signal N killed it, or
  125  tcpblame failed   126  cannot be executed   127  no such command
)";
}

} // namespace tcpblame::cli
