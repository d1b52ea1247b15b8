#include "cli/option_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {
namespace {

using enum CommandId;
using Typed = TypedOption;
using Groups = OptionGroups;
using Many = OptionEntry::Many;

// ── Which commands take it ──────────────────────────────────────────────────────────────────────

constexpr CommandSet kLive{kTrace, kRun, kTop, kRecord, kAgent};
constexpr CommandSet kEnding{kTrace, kRun, kTop, kRecord};
constexpr CommandSet kLasting{kTrace, kRecord, kAgent};
constexpr CommandSet kAttaching{kTrace, kRun, kTop, kRecord, kAgent, kDoctor};
constexpr CommandSet kWatching{kTrace, kRun, kTop, kRecord, kAgent, kReport, kDoctor};
constexpr CommandSet kByProcess{kTrace, kTop, kRecord, kAgent, kReport, kDoctor};
constexpr CommandSet kAsking{kTrace, kRun, kTop, kRecord, kAgent, kReport};
constexpr CommandSet kCounting{kTrace, kRun, kTop, kRecord, kReport};
constexpr CommandSet kPrinting{kTrace, kRun, kReport, kDoctor};
constexpr CommandSet kIntoFile{kTrace, kRun, kAgent, kReport, kDoctor};
constexpr CommandSet kLineByLine{kTrace, kRun, kReport};
constexpr CommandSet kShowing{kTrace, kRun, kTop, kReport};
constexpr CommandSet kColoring{kTrace, kRun, kTop, kReport, kExplain};
constexpr CommandSet kAll{kTrace, kRun, kTop, kRecord, kAgent, kReport, kDoctor, kExplain, kSchema, kStore};

// ── How each option is read ─────────────────────────────────────────────────────────────────────

template <typename Field, typename Value>
Result<void> fill(Field& field, Result<Value>&& value) {
    if (!value) return tl::unexpected(value.error());
    field = std::move(*value);
    return {};
}

/// A format that is one file as a whole, which the option itself names.
Result<void> read_page(const Typed& typed, const Groups& groups, Format format) {
    groups.output->format = format;
    auto name = parse_file_name(typed.flag, typed.text);
    if (name && *name == "-") name->clear();
    return fill(groups.output->file, std::move(name));
}

Result<void> read_names(const Typed& typed, const Groups& groups) {
    auto names = parse_comms(typed.flag, typed.text);
    if (!names) return tl::unexpected(names.error());
    std::size_t at = 0;
    for (const std::string& name : *names) {
        const std::size_t end = std::min(typed.text.find(',', at), typed.text.size());
        if (end - at > name.size())
            groups.watch->notes.push_back(
                {ExitCode::kOk, fmt::format("the name '{}' is taken as '{}'", typed.text.substr(at, end - at), name),
                 fmt::format("the kernel keeps {} bytes of a name", kMostCommBytes),
                 "others that begin so are meant, too"});
        at = end + 1;
    }
    groups.watch->selection.comms = std::move(*names);
    return {};
}

Result<void> read_overwrite(const Typed& /*typed*/, const Groups& groups) {
    if (groups.recording != nullptr) groups.recording->earlier = record::EarlierContent::kOverwrite;
    if (groups.output != nullptr) groups.output->earlier = record::EarlierContent::kOverwrite;
    return {};
}

Result<void> read_age(const Typed& typed, const Groups& groups) {
    const auto age = parse_seconds(typed.flag, typed.text);
    if (!age) return tl::unexpected(age.error());
    groups.recording->rotation.max_age_ns = static_cast<std::uint64_t>(age->count());
    return {};
}

// ── The options ─────────────────────────────────────────────────────────────────────────────────

constexpr std::array kOptions{
    OptionEntry{
        .short_name = "-p",
        .long_name = "--pid",
        .argument = "PID",
        .many = Many::kRepeated,
        .section = Section::kWatch,
        .commands = kByProcess,
        .summary = "processes with these ids",
        .manual = "Processes with these ids. They may have spaces between, as *$(pidof NAME)* has them, and several "
                  "*-p* add up.",
        .completion = Completion::kPid,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.pids, parse_pids(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-n",
        .long_name = "--comm",
        .argument = "NAME",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kByProcess,
        .summary = "processes or threads of these names; 15 bytes count",
        .manual = "Processes or threads of these names. The kernel keeps 15 bytes of a name: what is longer is cut, "
                  "and a note says so.",
        .completion = Completion::kProcessName,
        .read = read_names,
    },
    OptionEntry{
        .short_name = "-P",
        .long_name = "--port",
        .argument = "PORT",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "connections with this port at either end; a range (8000-8003) or a service (http) is taken, too",
        .manual = "Connections with one of these ports at either end. A port is a number, a range (8000-8003), or a "
                  "service as _/etc/services_ has it (http). Of each list the filter in the kernel takes 16.",
        .completion = Completion::kListeningPort,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.ports, parse_ports(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-L",
        .long_name = "--localport",
        .argument = "PORT",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "connections with this local port",
        .manual = "Connections with one of these local ports.",
        .completion = Completion::kListeningPort,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.local_ports, parse_ports(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-D",
        .long_name = "--remoteport",
        .argument = "PORT",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "connections with this remote port",
        .manual = "Connections with one of these remote ports.",
        .completion = Completion::kRemotePort,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.remote_ports, parse_ports(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--host",
        .argument = "ADDRESS[/LEN]",
        .many = Many::kRepeated,
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "connections with this address, or one of this network, at either end; IPv4 and IPv6",
        .manual = "Connections with one of these addresses, or of these networks (10.0.0.0/8, fd00::/8), at either "
                  "end. Several *--host* add up. The filter in the kernel takes 8.",
        .completion = Completion::kRemoteHost,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.hosts, parse_hosts(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-c",
        .long_name = "--cgroup",
        .argument = "PATH",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kByProcess,
        .summary = "processes in these cgroups (version 2) and below",
        .manual = "Processes in these cgroups (version 2) and below, for example /system.slice.",
        .completion = Completion::kCgroup,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.cgroups, parse_cgroups(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--netns",
        .argument = "NS",
        .many = Many::kList,
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "connections with an end in these network namespaces; a name (ip netns), a path (/proc/PID/ns/net) "
                   "or an inode",
        .manual = "Connections with an end in these network namespaces: a name as *ip netns* has it, a path "
                  "(/proc/PID/ns/net), or an inode number as *lsns -t net* has it.",
        .completion = Completion::kNetns,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.netns, parse_netns(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-f",
        .long_name = "--follow",
        .section = Section::kWatch,
        .commands = kAttaching,
        .summary = "the children of the processes, too; of run, which always watches them: wait until all have ended",
        .manual = "With *--pid*: the children of these processes, too. With *run*, which always watches them: wait "
                  "until all that came from the command have ended, or until Ctrl-C once it has ended itself.",
        .read = [](const Typed&,
                   const Groups& groups) { return fill(groups.watch->selection.follow, Result<bool>(true)); },
    },
    OptionEntry{
        .long_name = "--as",
        .argument = "PART",
        .section = Section::kWatch,
        .commands = kAsking,
        .summary = "what to report of these processes; victim (the default): what broke for them, culprit: what they "
                   "broke for others, both",
        .manual = "What to report of the processes that *-p*, *-n* or *-c* names, or of the command of *run*: as "
                  "_victim_ (the default), their own failed writes and broken connections; as _culprit_, those of "
                  "others where the peer that the verdict blames is one of them; _both_. A port that is local is one "
                  "of theirs.",
        .completion = Completion::kWords,
        .words = "victim culprit both",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.watch->selection.as, parse_part(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-u",
        .long_name = "--user",
        .argument = "USER",
        .section = Section::kWatch,
        .commands = {kRun},
        .reason = "it names the user that a command runs as",
        .summary = "the user that the command runs as; else the invoking user, or the current one",
        .manual = "The user that the command runs as, by name or number. Without it, under *sudo*(8), it is the "
                  "invoking user. See *RUNNING A COMMAND* in *tcpblame*(1).",
        .completion = Completion::kUser,
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(*groups.user, parse_user(typed.flag, typed.text)); },
    },
    OptionEntry{
        .short_name = "-4",
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "IPv4 only; an IPv4-mapped address is IPv4",
        .manual = "IPv4 only. An IPv4-mapped address is IPv4.",
        .read =
            [](const Typed&, const Groups& groups) {
                groups.watch->selection.ipv6 = false;
                return Result<void>{};
            },
    },
    OptionEntry{
        .short_name = "-6",
        .section = Section::kWatch,
        .commands = kWatching,
        .summary = "IPv6 only",
        .read =
            [](const Typed&, const Groups& groups) {
                groups.watch->selection.ipv4 = false;
                return Result<void>{};
            },
    },
    OptionEntry{
        .short_name = "-a",
        .long_name = "--all",
        .section = Section::kAlso,
        .commands = kWatching,
        .summary = "every connection's end; with the time in each state",
        .manual = "Every connection's end, not only the broken ones, with the time spent in each state.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.watch->all, Result<bool>(true)); },
    },
    OptionEntry{
        .long_name = "--unanswered",
        .section = Section::kAlso,
        .commands = kWatching,
        .summary = "each connection whose peer closed without answering what it was sent last",
        .manual = "Each connection whose peer closed in good order without answering what it was sent last, though no "
                  "call failed (nginx: \"upstream prematurely closed connection\").",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.watch->unanswered, Result<bool>(true)); },
    },
    OptionEntry{
        .long_name = "--reads",
        .section = Section::kAlso,
        .commands = kAttaching,
        .summary = "which read took an error first; one BPF program then runs for every receiving call of the machine",
        .manual = "Which read took an error first. One BPF program then runs for every receiving call of the machine.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.attach->reads, Result<bool>(true)); },
    },
    OptionEntry{
        .short_name = "-d",
        .long_name = "--duration",
        .argument = "SECONDS",
        .section = Section::kStop,
        .commands = kEnding,
        .summary = "end after this time; also 5m, 2h",
        .manual = "End after this time: seconds, to the millisecond, or minutes or hours (5m, 2h).",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.limits->duration, parse_seconds(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--count",
        .argument = "N",
        .section = Section::kStop,
        .commands = kCounting,
        .summary = "end after so many verdicts",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.watch->count, parse_count(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--since",
        .argument = "WHEN",
        .section = Section::kRange,
        .commands = {kReport},
        .reason = "a live run reports what happens from now on",
        .summary = "skip what happened before WHEN",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.range->since, parse_moment(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--until",
        .argument = "WHEN",
        .section = Section::kRange,
        .commands = {kReport},
        .reason = "a live run reports what happens from now on",
        .summary = "skip what happened after WHEN",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.range->until, parse_moment(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--cause",
        .argument = "CAUSE",
        .many = Many::kList,
        .section = Section::kVerdicts,
        .commands = {kReport},
        .reason = "a live run prints all that it finds",
        .summary = "only verdicts with these causes, or reasons behind them",
        .manual = "Only verdicts with one of these causes, or with one of these reasons behind them: see "
                  "*tcpblame-explain*(1).",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.range->filter.causes, parse_causes(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--process",
        .argument = "NAME",
        .many = Many::kList,
        .section = Section::kVerdicts,
        .commands = {kReport},
        .reason = "a live run prints all that it finds",
        .summary = "only verdicts in which these processes have a part",
        .manual = "Only verdicts in which a process of this name or pid has a part: whom it broke for, who broke it, "
                  "who is behind "
                  "that, or who sent the signal. (*--pid* and *--comm* are of whom it broke for.)",
        .completion = Completion::kProcessName,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.range->filter.processes, parse_processes(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--connection",
        .argument = "ID",
        .many = Many::kList,
        .section = Section::kVerdicts,
        .commands = {kReport},
        .reason = "a live run prints all that it finds",
        .summary = "only the connection of this id, or community ID; also HOST/ID",
        .manual = "Only the connection with this _id_ or _community_id_, as *--json* has them. An id is of one host: "
                  "where several "
                  "are reported, _HOST/ID_ names that.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.range->filter.connections, parse_connections(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .short_name = "-j",
        .long_name = "--json",
        .section = Section::kPrint,
        .commands = kIntoFile,
        .summary = "one JSON object a line",
        .manual = "One JSON object a line. See *JSON LINES* in *tcpblame*(1).",
        .read = [](const Typed&,
                   const Groups& groups) { return fill(groups.output->format, Result<Format>(Format::kJsonLines)); },
    },
    OptionEntry{
        .long_name = "--wide",
        .section = Section::kPrint,
        .commands = kLineByLine,
        .summary = "a table; one line a verdict, however long",
        .manual = "A table: one line a verdict, however long, with its time, process, call and error, connection, "
                  "cause and what the peer did. Verdicts that are alike are not gathered.",
        .read = [](const Typed&,
                   const Groups& groups) { return fill(groups.output->format, Result<Format>(Format::kTable)); },
    },
    OptionEntry{
        .long_name = "--format",
        .argument = "FORMAT",
        .section = Section::kPrint,
        .commands = kIntoFile,
        .summary = "how to print; text (the default), table (--wide), jsonl (--json), otlp (OpenTelemetry) or ecs "
                   "(Elastic)",
        .manual = "_text_ (the default), _table_ (as *--wide*), _jsonl_, also _json_ (as *--json*), _otlp_ "
                  "(OpenTelemetry's log records) or _ecs_ (the Elastic Common Schema); either has one JSON object a "
                  "line. See *JSON LINES* in *tcpblame*(1). *doctor* has the first and _jsonl_.",
        .completion = Completion::kWords,
        .words = "text table jsonl otlp ecs",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.output->format, parse_format(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--html",
        .argument = "FILE",
        .section = Section::kPrint,
        .commands = {kReport},
        .reason = "it needs all that there is to report",
        .summary = "into FILE one page for a browser; it needs nothing else (-: to standard output)",
        .manual =
            "One page for a browser, into _FILE_ (-: to standard output), for the ticket or for people who were not "
            "there. It has a summary, the breaks over time, and a table to sort and to filter whose lines open "
            "to the whole verdict. It needs no other file and asks nothing of any host: its own policy forbids "
            "it. The lines of *--json* are in it.",
        .completion = Completion::kFile,
        .read = [](const Typed& typed, const Groups& groups) { return read_page(typed, groups, Format::kHtml); },
    },
    OptionEntry{
        .long_name = "--perfetto",
        .argument = "FILE",
        .section = Section::kPrint,
        .commands = {kReport},
        .reason = "it needs all that there is to report",
        .summary = "into FILE a trace for ui.perfetto.dev; with a track for each connection and thread",
        .manual = "A trace in Chrome's JSON format, into _FILE_ (-: to standard output), for ui.perfetto.dev or "
                  "chrome://tracing. It has a track for each connection, with its states, segments and failed writes, "
                  "and one for each thread whose write failed, or that broke a connection.",
        .completion = Completion::kFile,
        .read = [](const Typed& typed, const Groups& groups) { return read_page(typed, groups, Format::kPerfetto); },
    },
    OptionEntry{
        .short_name = "-t",
        .long_name = "--relative",
        .section = Section::kPrint,
        .commands = kShowing,
        .summary = "times since the start, not of the day",
        .read = [](const Typed&,
                   const Groups& groups) { return fill(groups.output->relative_time, Result<bool>(true)); },
    },
    OptionEntry{
        .short_name = "-v",
        .long_name = "--verbose",
        .section = Section::kPrint,
        .commands = kShowing,
        .summary = "executable, cgroup, socket, traffic and event ids, too",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.output->verbose, Result<bool>(true)); },
    },
    OptionEntry{
        .short_name = "-x",
        .long_name = "--errors-only",
        .section = Section::kPrint,
        .commands = {kReport},
        .reason = "a live run reports no orderly end unless by --all",
        .summary = "without the orderly ends that --all recorded",
        .manual = "Without the orderly ends that *--all* recorded.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.range->errors_only, Result<bool>(true)); },
    },
    OptionEntry{
        .short_name = "-o",
        .long_name = "--output",
        .argument = "FILE",
        .section = Section::kPrint,
        .commands = kIntoFile,
        .summary = "into a file; else to standard output",
        .manual =
            "Into a file instead of to standard output; with *run*, instead of to standard error. A file that has "
            "something in it already is refused, here and with *--html* and *--perfetto*, unless by *--overwrite*.",
        .completion = Completion::kFile,
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.output->file, parse_file_name(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--color",
        .argument = "WHEN",
        .section = Section::kPrint,
        .commands = kColoring,
        .summary = "when to colour; auto (at a terminal, without NO_COLOR), always, never",
        .manual = "_auto_ (the default: at a terminal, unless NO_COLOR is set or TERM is dumb), _always_ or _never_.",
        .completion = Completion::kWords,
        .words = "auto always never",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(*groups.color, parse_color(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--interval",
        .argument = "SECONDS",
        .section = Section::kPrint,
        .commands = {kTop},
        .reason = "it says how often its table is refreshed",
        .summary = "how often the table is refreshed; 1 if not given",
        .manual = "How often the table is refreshed; 1 if not given.",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(*groups.interval, parse_seconds(typed.flag, typed.text)); },
    },
    OptionEntry{
        .short_name = "-w",
        .long_name = "--write",
        .argument = "FILE",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "record what happens, for report; trace and run print it, too (record: - for standard output)",
        .manual = "Record what happens, for *report*. A file that has something in it already is refused, unless by "
                  "*--overwrite*; devices and pipes are not. With *record*, it may be - for standard output.",
        .completion = Completion::kFile,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.recording->file, parse_file_name(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--max-size",
        .argument = "SIZE",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "record into FILE.1, FILE.2 ...; into the next when one has this size (64M)",
        .manual =
            "Record into FILE.1, FILE.2 and so on: into the next when one has so many bytes (a number, or one of K, M "
            "or G). A file may get longer by what comes in one go, and by what it repeats of the connections that are "
            "open. *report* reports all of them together, in whatever order they are given, or one alone.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.recording->rotation.max_bytes, parse_file_size(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--max-age",
        .argument = "SECONDS",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "go on in the next file when one is so old",
        .manual = "Go on in the next file when one is so old.",
        .read = read_age,
    },
    OptionEntry{
        .long_name = "--max-files",
        .argument = "N",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "how many files; the oldest is overwritten (10)",
        .manual = "How many files, the oldest overwritten; 10 if not given. All are made at the beginning, as later "
                  "there is no privilege to. Where they are there already, as after a restart, it goes on in one that "
                  "is empty, or else in the oldest: so a recorder that is killed and started again with the same "
                  "options, as by a unit with Restart=always, keeps what it had.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.recording->rotation.files, parse_file_count(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--overwrite",
        .section = Section::kKeep,
        .commands = kWatching,
        .summary = "replace a file that is not empty; otherwise it is refused",
        .manual = "Replace what is in the file that *-w*, *-o*, *--html* or *--perfetto* names. Of a ring of files, "
                  "begin all anew.",
        .read = read_overwrite,
    },
    OptionEntry{
        .long_name = "--metrics",
        .argument = "ADDRESS",
        .section = Section::kKeep,
        .commands = kLasting,
        .summary = "serve counters to Prometheus at this port, or ADDRESS:PORT; without an address, on the loopback",
        .manual =
            "Serve counters to Prometheus while it runs: /metrics, and /healthz once every hook is attached. _ADDRESS_ "
            "is a port on the loopback (9435), or an address and a port (10.0.0.5:9435, [::1]:9435); nobody is "
            "asked who he is, so keep it where only Prometheus comes. See *METRICS* in *tcpblame*(1).",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.metrics->address, parse_listen_address(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--metrics-by",
        .argument = "NAMES",
        .section = Section::kKeep,
        .commands = kLasting,
        .summary = "with --metrics, also by the names of both ends; process, unit (systemd's) or pod",
        .manual =
            "With *--metrics*: breaks also by the names of both ends, _process_, _unit_ (systemd's) or _pod_ "
            "(namespace "
            "and name, or its uid where they are not known). Of 100 pairs each has a series of its own, the rest one "
            "together, named _other_.",
        .completion = Completion::kWords,
        .words = "process unit pod",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.metrics->names, parse_metric_names(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--config",
        .argument = "FILE",
        .section = Section::kAgent,
        .commands = {kAgent},
        .reason = "another command's options are on its line",
        .summary = "options from this file; those on the command line come before them",
        .manual = "Options from this file, each by its long name: see *CONFIGURATION FILE* in *tcpblame-agent*(1). "
                  "Those on the command line come before them.",
        .completion = Completion::kFile,
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(*groups.config, parse_file_name(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--verdicts-per-second",
        .argument = "N",
        .section = Section::kAgent,
        .commands = {kAgent},
        .reason = "others print each verdict",
        .summary = "print so many in full; the rest by their number, alike ones together (100)",
        .manual =
            "Print so many verdicts of a second in full, and of those beyond the first of each kind; the others by "
            "their number, alike ones together, when the second is over: a line of type _alike_. 100 if not "
            "given. Recordings and metrics have all.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.agent->verdicts_per_second, parse_rate(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--heartbeat",
        .argument = "SECONDS",
        .section = Section::kAgent,
        .commands = {kAgent},
        .reason = "others are watched by who started them",
        .summary = "how often it says that it lives; 60 if not given",
        .manual = "How often a line of type _heartbeat_ says that it lives, and how much it has reported; 60 if not "
                  "given.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.agent->heartbeat, parse_seconds(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--no-stacks",
        .section = Section::kKeep,
        .commands = kLasting,
        .summary = "no calls of the programs that write, close or die: less to read, to keep and to do",
        .manual = "Take no stack of the programs that write, close or die. There is less to read, to keep and to do, "
                  "and no file of theirs is opened for its functions' names.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.attach->stacks, Result<bool>(false)); },
    },
    OptionEntry{
        .long_name = "--ring",
        .argument = "SIZE",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "the ring buffer between kernel and reader; 8M if not given",
        .manual = "The ring buffer between the kernel and the reader: a power of two, 4K to 1G; 8M if not given. What "
                  "finds no room in it is lost, and reported as lost.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.limits->ring_bytes, parse_ring_size(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--max-memory",
        .argument = "SIZE",
        .section = Section::kKeep,
        .commands = kLive,
        .summary = "for what is remembered of connections; 512M if not given",
        .manual =
            "For what is remembered of connections: a number of bytes, or one of K, M or G, from 64K; 512M if not "
            "given, and of *agent* a quarter of its cgroup's limit where that is less. An idle connection is counted "
            "as 256 bytes, one that has ended as 1,280, for five seconds. Where "
            "there is more, those that ended are evicted first, the earliest first, then those of which nothing was "
            "heard for the longest time. How many is said at the end; a verdict that may rest on what was evicted says "
            "so, and claims less. A recording keeps the bound: *report* evicts the same ones.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.limits->max_memory, parse_memory_size(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--no-argv",
        .section = Section::kNames,
        .commands = kLive,
        .summary = "no command lines: there may be secrets in them",
        .manual = "Read no command lines. Otherwise the first 200 bytes of each process's, in which there may be "
                  "secrets, are in JSON, in recordings, and with *-v* on the screen.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.naming->argv, Result<bool>(false)); },
    },
    OptionEntry{
        .long_name = "--runtime-root",
        .argument = "DIR",
        .many = Many::kList,
        .section = Section::kNames,
        .commands = kLive,
        .summary = "more directories in which containers' bundles are, as DIR/ID/config.json",
        .manual =
            "More directories in which the bundles of containers are, as DIR/ID/config.json, for a runtime that keeps "
            "them elsewhere. They are looked into before those of the runtimes.",
        .completion = Completion::kFile,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.naming->runtime_roots, parse_directories(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--store",
        .argument = "URL",
        .section = Section::kStore,
        .commands = {kTrace, kRecord, kAgent, kReport},
        .summary = "a fleet's store in ClickHouse; trace and record send to it, report takes what it reports from it",
        .manual = "A store in ClickHouse: http://HOST:8123/DATABASE, or https://. With *trace* and *record*, what "
                  "happens is sent "
                  "there, with *-w* or without; where the engine is away, it is sent later. With *report*, in place of "
                  "files: the recordings of all hosts that are there, of the time that *--since* and *--until* name.",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.store->url, store::parse_url(typed.text)); },
    },
    OptionEntry{
        .long_name = "--store-credentials",
        .argument = "FILE",
        .section = Section::kStore,
        .commands = {kTrace, kRecord, kAgent, kReport, kStore},
        .summary = "as whom to speak to the store; a file of mode 0600 with USER:PASSWORD in it",
        .manual = "As whom to speak to the store: a file with USER:PASSWORD in its first line. It is refused where "
                  "others than its owner may use it. There is no way to name a password on the command line.",
        .completion = Completion::kFile,
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.store->credentials, parse_file_name(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--store-spool",
        .argument = "FOLDER",
        .section = Section::kStore,
        .commands = kLasting,
        .summary = "where to keep what the store has not taken yet; through a restart, too",
        .manual = "Where to keep what the store has not taken yet, through a restart, too. Without it, 64 MiB are kept "
                  "in memory.",
        .completion = Completion::kFile,
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.store->spool, parse_file_name(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--store-spool-bytes",
        .argument = "SIZE",
        .section = Section::kStore,
        .commands = kLasting,
        .summary = "how much to keep there; 256M if not given",
        .manual = "How much to keep there: a number of bytes, or one of K, M or G, from 16M; 256M if not given. Where "
                  "it is full, what is kept stays, what comes then is not kept, and how much that was is said.",
        .read =
            [](const Typed& typed, const Groups& groups) {
                return fill(groups.store->spool_bytes, parse_spool_size(typed.flag, typed.text));
            },
    },
    OptionEntry{
        .long_name = "--cluster",
        .argument = "NAME",
        .section = Section::kStore,
        .commands = {kStore},
        .reason = "it says how the tables are spread",
        .summary = "spread the tables over the servers of this cluster",
        .manual = "Spread the tables over the servers of this cluster of the engine's configuration "
                  "(_remote_servers_). *store init* is to be run once for each of them.",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.store->cluster, parse_cluster(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--keep-days",
        .argument = "N",
        .section = Section::kStore,
        .commands = {kStore},
        .reason = "it says how long the tables keep their rows",
        .summary = "how long the tables keep their rows; 30 if not given",
        .manual =
            "How long the tables keep their rows, in days; 30 if not given. Before version 20.3 the engine clears "
            "nothing away by itself: drop old partitions.",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.store->keep_days, parse_count(typed.flag, typed.text)); },
    },
    OptionEntry{
        .long_name = "--syntax",
        .argument = "VERSION",
        .section = Section::kStore,
        .commands = {kStore},
        .reason = "it says in whose words the schema is printed",
        .summary = "whose syntax store schema prints; init asks the server",
        .manual = "Whose syntax *store schema* prints, for example 18.16; *init* asks the server. Without it, that of "
                  "present versions.",
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.store->version, store::parse_version(typed.text)); },
    },
    OptionEntry{
        .long_name = "--dry-run",
        .section = Section::kTroubleshooting,
        .commands = kEnding,
        .summary = "attach, report by which programs, and end; as doctor does",
        .manual = "Attach, report by which programs, and end; as *doctor* does.",
        .read = [](const Typed&, const Groups& groups) { return fill(groups.limits->dry_run, Result<bool>(true)); },
    },
    OptionEntry{
        .long_name = "--hook",
        .argument = "ROLE=PROGRAM",
        .many = Many::kList,
        .section = Section::kTroubleshooting,
        .commands = kAttaching,
        .summary = "which program plays a role, as doctor names them",
        .manual = "Which program plays a role, as *doctor* names them, for example write-failure=kprobe. Where that "
                  "one cannot be had, it is an error. write-failure=syscall is taken only if asked for: it sees "
                  "failing sends where the kernel offers no better way (before 6.3, with neither trampolines nor "
                  "kprobes), and slows every system call of the machine.",
        .completion = Completion::kHook,
        .read = [](const Typed& typed,
                   const Groups& groups) { return fill(groups.attach->hooks, parse_hooks(typed.flag, typed.text)); },
    },
    OptionEntry{
        .short_name = "-h",
        .section = Section::kHelp,
        .commands = kAll,
        .summary = "the short help; behind a command, that command's page",
        .manual = "The options, on one screen. Behind a command: its own page.",
    },
    OptionEntry{
        .long_name = "--help",
        .section = Section::kHelp,
        .commands = kAll,
        .summary = "all of the help",
        .manual = "The same, in full.",
    },
    OptionEntry{
        .short_name = "-V",
        .long_name = "--version",
        .section = Section::kHelp,
        .commands = kAll,
        .summary = "the version",
    },
};

} // namespace

std::span<const OptionEntry> option_table() { return kOptions; }

const OptionEntry* find_option(std::string_view name) {
    for (const OptionEntry& each : kOptions)
        if (!name.empty() && (name == each.short_name || name == each.long_name)) return &each;
    return nullptr;
}

} // namespace tcpblame::cli
