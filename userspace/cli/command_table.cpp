// The commands, and the sections of their options; the options are in option_table.cpp.
#include "cli/option_table.hpp"

#include <array>
#include <bit>

namespace tcpblame::cli {
namespace {

using enum CommandId;

constexpr std::array kCommands{
    CommandEntry{
        .id = kTrace,
        .name = "trace",
        .synopsis = "[trace] [OPTIONS]",
        .brief = "Watch, and report who broke what",
    },
    CommandEntry{
        .id = kRun,
        .name = "run",
        .synopsis = "run [OPTIONS] -- CMD...",
        .summary = "start a command and watch it and its children; under sudo it runs as the invoking user. The report "
                   "goes to standard error. Ends with the command, and exits as it does",
        .brief = "Start a command, and watch it",
        .refusal = "it watches the command, and what comes from it",
    },
    CommandEntry{
        .id = kTop,
        .name = "top",
        .synopsis = "top [OPTIONS]",
        .summary = "a live table of who breaks whom, at a terminal; Enter shows the newest verdict, h the keys",
        .brief = "Show who breaks whom, as a live table",
        .refusal = "it shows a table at a terminal",
        .instead = "tcpblame trace {}, or record what happens by --write",
    },
    CommandEntry{
        .id = kRecord,
        .name = "record",
        .synopsis = "record -w FILE [OPTIONS]",
        .summary = "record now, report later; print nothing",
        .brief = "Record now, report later",
        .refusal = "it prints nothing",
        .instead = "leave it out, or give it to report",
    },
    CommandEntry{
        .id = kAgent,
        .name = "agent",
        .synopsis = "agent [OPTIONS]",
        .summary = "for every node, always: JSON lines, a ring of recordings and metrics in one process, from a "
                   "configuration file; for a service manager to run",
        .brief = "Watch a node for as long as it runs",
        .refusal = "it runs for as long as its node does, and prints for programs",
        .instead = "leave it out, or give it to trace",
    },
    CommandEntry{
        .id = kReport,
        .name = "report",
        .synopsis = "report FILE... [OPTIONS]",
        .summary =
            "print the verdicts of a recording, as trace would have; on any host, without privilege (-: standard "
            "input). Several files, of the hosts at both ends of connections, are merged into one timeline",
        .brief = "Print the verdicts of a recording",
        .arguments = "file",
        .refusal = "it needs the running kernel",
        .instead = "give it to record",
    },
    CommandEntry{
        .id = kDoctor,
        .name = "doctor",
        .synopsis = "doctor [OPTIONS]",
        .summary = "what this kernel can show, by which programs, and what they cost",
        .brief = "What this kernel can show, and what it costs",
        .refusal = "it attaches, prints what it found, and ends",
    },
    CommandEntry{
        .id = kExplain,
        .name = "explain",
        .synopsis = "explain [CAUSE|REASON...]",
        .summary = "what the cause of a verdict, or a reason behind it, means, how to reproduce it, how to fix it; "
                   "without a name: all of them",
        .brief = "What a cause or a reason means, and how to fix it",
        .arguments = "name",
        .refusal = "it prints a text",
        .instead = "tcpblame explain [CAUSE|REASON…]",
    },
    CommandEntry{
        .id = kSchema,
        .name = "schema",
        .synopsis = "schema",
        .summary = "the JSON Schema of what --json prints",
        .brief = "The JSON Schema of what --json prints",
        .refusal = "it prints a file as it is",
        .instead = "tcpblame schema",
    },
    CommandEntry{
        .id = kStore,
        .name = "store",
        .synopsis = "store init URL | schema | load URL FILE... [OPTIONS]",
        .summary = "a fleet's store in ClickHouse: make its tables, print them, load recordings into it",
        .brief = "Make a store for a fleet, or load recordings into it",
        .arguments = "step",
        .refusal = "it makes a store's tables, or loads recordings into it",
        .instead = "give it to record, or to report",
    },
};

constexpr std::array kSections{
    SectionEntry{
        Section::kWatch, "What to watch",
        "Without any of these: everything. A process is watched that *-p*, *-n* or *-c* names; a connection, that "
        "passes "
        "all the others. The kernel does the filtering. Both ends of a connection pass, so that the peer is known "
        "where "
        "it is a process of this host. A port, a host or a network namespace means connections: pipes and unix sockets "
        "are left out then.",
        "Lists go with commas between. A port, host or namespace means connections: pipes and unix sockets are left "
        "out. Without any of these: everything."},
    SectionEntry{Section::kAlso, "Also report", "Failed writes and broken connections are reported in any case.", ""},
    SectionEntry{Section::kStop, "When to stop", "", ""},
    SectionEntry{
        Section::kRange, "Time range",
        "_WHEN_ is HH:MM[:SS], local time, on the day on which the recording began, or on the next where it went "
        "across "
        "midnight; \"YYYY-MM-DD HH:MM[:SS]\", also with a T between, and with Z or an offset behind as *--json* has "
        "it; "
        "or +N with s, m or h after the recording's start, for example +90s. A verdict's own time counts. Where the "
        "clock was set in between, or the machine slept, HH:MM goes by what the clock showed then, and +N by the time "
        "that has passed awake.",
        "WHEN is HH:MM[:SS], 'YYYY-MM-DD HH:MM[:SS]', as JSON has it, or +90s, +5m or +2h after the recording's "
        "start."},
    SectionEntry{Section::kVerdicts, "Which verdicts", "", ""},
    SectionEntry{Section::kPrint, "What to print", "", ""},
    SectionEntry{Section::kKeep, "What to keep", "", ""},
    SectionEntry{Section::kNames, "What processes are called", "See *CONTAINERS AND PODS* below.", ""},
    SectionEntry{Section::kAgent, "Of an agent", "", ""},
    SectionEntry{Section::kStore, "A fleet's store", "See *tcpblame-store*(1).", ""},
    SectionEntry{Section::kTroubleshooting, "Troubleshooting", "", ""},
    SectionEntry{Section::kHelp, "Help", "", ""},
};

} // namespace

std::span<const CommandEntry> command_table() { return kCommands; }
const CommandEntry& command(CommandId id) { return kCommands.at(static_cast<std::size_t>(id)); }
std::span<const SectionEntry> section_table() { return kSections; }

std::optional<CommandId> CommandSet::only() const {
    if (!std::has_single_bit(bits_)) return std::nullopt;
    return static_cast<CommandId>(std::countr_zero(bits_));
}

} // namespace tcpblame::cli
