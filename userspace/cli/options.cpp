#include "cli/options.hpp"

#include "cli/help.hpp"
#include "cli/parse_values.hpp"
#include "cli/version.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <system_error>
#include <utility>

namespace tcpblame::cli {
namespace {

/// The options as they were typed.
struct Typed {
    std::string pids, ports, local_ports, remote_ports, comms, cgroups, netns, duration, count, output, hooks,
        recording, max_size, max_age, max_files, ring, max_memory, since, until;
    std::vector<std::string> reports;
    std::string color = "auto";
    bool follow = false, all = false, reads = false;
    bool ipv4 = false, ipv6 = false, json = false, relative = false, verbose = false;
    bool dry_run = false, errors_only = false;
    bool short_help = false, long_help = false, version = false;
};

void declare(CLI::App& app, Typed& typed) {
    app.set_help_flag(); // our own texts
    app.add_option("-p,--pid", typed.pids);
    app.add_option("-P,--port", typed.ports);
    app.add_option("-L,--localport", typed.local_ports);
    app.add_option("-D,--remoteport", typed.remote_ports);
    app.add_option("-n,--comm", typed.comms);
    app.add_option("-c,--cgroup", typed.cgroups);
    app.add_option("--netns", typed.netns);
    app.add_flag("-f,--follow", typed.follow);
    app.add_flag("-a,--all", typed.all);
    app.add_flag("--reads", typed.reads);
    app.add_flag("-4", typed.ipv4);
    app.add_flag("-6", typed.ipv6);
    app.add_option("-d,--duration", typed.duration);
    app.add_option("--count", typed.count);
    app.add_flag("-j,--json", typed.json);
    app.add_flag("-t,--relative", typed.relative);
    app.add_option("--output", typed.output);
    app.add_option("--color", typed.color);
    app.add_flag("-v,--verbose", typed.verbose);
    app.add_flag("-h", typed.short_help);
    app.add_flag("--help", typed.long_help);
    app.add_flag("-V,--version", typed.version);
    app.add_option("--hook", typed.hooks);
    app.add_flag("--dry-run", typed.dry_run);
    app.add_option("-w,--write", typed.recording);
    app.add_option("--max-size", typed.max_size);
    app.add_option("--max-age", typed.max_age);
    app.add_option("--max-files", typed.max_files);
    app.add_option("--ring", typed.ring);
    app.add_option("--max-memory", typed.max_memory);
    app.add_flag("-x,--errors-only", typed.errors_only);
    app.add_option("--since", typed.since);
    app.add_option("--until", typed.until);
    app.add_subcommand("trace")->fallthrough();
    app.add_subcommand("doctor")->fallthrough();
    app.add_subcommand("record")->fallthrough();
    app.add_subcommand("report")->fallthrough()->add_option("file", typed.reports);
    // CLI11 takes "-4" for a number where the command at hand does not have it itself.
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        command->add_flag("-4", typed.ipv4);
        command->add_flag("-6", typed.ipv6);
    }
    app.require_subcommand(0, 1);
    for (CLI::Option* option : app.get_options()) option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

/// Puts a parsed value where it belongs, where the flag was given.
template <typename Target, typename Parse>
Result<void> take(const CLI::App& app, const char* flag, const std::string& text, Target& target, Parse parse) {
    if (app.count(flag) == 0) return {};
    auto value = parse(flag, text);
    if (!value) return tl::unexpected(value.error());
    target = std::move(*value);
    return {};
}

Result<ColorChoice> parse_color(std::string_view flag, std::string_view text) {
    if (text == "auto") return ColorChoice::kAuto;
    if (text == "always") return ColorChoice::kAlways;
    if (text == "never") return ColorChoice::kNever;
    return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text), "it takes auto, always or never");
}

/// The first of the flags that was given; empty if none was.
std::string given(const CLI::App& app, std::initializer_list<const char*> flags) {
    for (const char* flag : flags)
        if (app.count(flag) != 0) return flag;
    return {};
}

/// Not devices: what two write to /dev/null does not mix.
bool is_same_file(const std::string& one, const std::string& other) {
    std::error_code no_such_file;
    if (std::filesystem::exists(one, no_such_file) && !std::filesystem::is_regular_file(one, no_such_file))
        return false;
    return one == other || std::filesystem::equivalent(one, other, no_such_file);
}

Result<void> take_recording(const CLI::App& app, const Typed& typed, Options& options) {
    options.quiet = app.get_subcommand("record")->parsed();
    options.recording = typed.recording;
    if (app.count("--write") != 0 && typed.recording.empty())
        return fail(ExitCode::kUsage, "--write does not take an empty name", "it takes a file to record into, or -");
    if (options.quiet && typed.recording.empty())
        return fail(ExitCode::kUsage, "record needs --write", "it records into a file", "tcpblame record -w FILE");
    if (options.quiet)
        if (const auto flag = given(app, {"--json", "--relative", "--verbose", "--output", "--color"}); !flag.empty())
            return fail(ExitCode::kUsage, fmt::format("{} is not for record", flag), "it prints nothing",
                        "leave it out, or give it to report");
    if (options.recording == "-" && !options.quiet && typed.output.empty())
        return fail(ExitCode::kUsage, "--write - is for record", "standard output cannot be a recording and a text",
                    "tcpblame record -w -, or print elsewhere by --output");
    if (!options.recording.empty() && is_same_file(options.recording, options.output))
        return fail(ExitCode::kUsage, "--write and --output name the same file", "each would overwrite the other",
                    "name two files");
    return {};
}

/// A file as small as that is begun anew all the time; each has to be open from the beginning.
constexpr std::uint64_t kLeastFileBytes = 1 << 20;
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 40;
constexpr std::uint32_t kUsualFiles = 10;
constexpr std::uint64_t kLeastFiles = 2;
constexpr std::uint64_t kMostFiles = 1000;

Result<std::uint64_t> parse_file_size(std::string_view flag, std::string_view text) {
    return parse_size(flag, text, kLeastFileBytes, kMostFileBytes);
}

Result<std::uint64_t> parse_memory_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = 64 << 10;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    return parse_size(flag, text, kLeast, kMost);
}

Result<std::uint32_t> parse_files(std::string_view flag, std::string_view text) {
    const auto files = parse_count(flag, text);
    if (!files || *files < kLeastFiles || *files > kMostFiles)
        return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text),
                    fmt::format("it takes a number from {} to {}", kLeastFiles, kMostFiles),
                    fmt::format("for example: {} {}", flag, kUsualFiles));
    return static_cast<std::uint32_t>(*files);
}

Result<void> take_rotation(const CLI::App& app, const Typed& typed, Options& options) {
    const auto flag = given(app, {"--max-size", "--max-age", "--max-files"});
    if (flag.empty()) return {};
    if (options.recording.empty() || options.recording == "-")
        return fail(ExitCode::kUsage, fmt::format("{} needs --write with a file", flag),
                    "it is for recordings in files", "tcpblame record -w FILE --max-size 64M");
    std::chrono::nanoseconds age{};
    options.rotation.files = kUsualFiles;
    for (const auto& taken : {take(app, "--max-size", typed.max_size, options.rotation.max_bytes, parse_file_size),
                              take(app, "--max-age", typed.max_age, age, parse_seconds),
                              take(app, "--max-files", typed.max_files, options.rotation.files, parse_files)})
        if (!taken) return tl::unexpected(taken.error());
    options.rotation.max_age_ns = static_cast<std::uint64_t>(age.count());
    if (!options.rotation.wanted())
        return fail(ExitCode::kUsage, "--max-files needs --max-size or --max-age",
                    "when the next file is to be begun is not said", "for example: --max-size 64M --max-files 8");
    return {};
}

Result<void> check_recordings(const Options& options) {
    const std::vector<std::string>& files = options.reports;
    for (auto file = files.begin(); file != files.end(); ++file) {
        if (file->empty())
            return fail(ExitCode::kUsage, "report does not take an empty name", "it takes a recording, or -");
        if (is_same_file(*file, options.output))
            return fail(ExitCode::kUsage, "--output names the recording", "it would be overwritten while it is read",
                        "name another file");
        if (*file == "-" && files.size() > 1)
            return fail(ExitCode::kUsage, "report does not take - beside other recordings",
                        "to join them it reads each of them twice", "keep it in a file first");
        if (std::any_of(files.begin(), file, [&](const std::string& other) { return is_same_file(*file, other); }))
            return fail(ExitCode::kUsage, fmt::format("report is given {} twice", *file),
                        "what is in it would be told twice", "name each recording once");
    }
    return {};
}

Result<void> take_report(const CLI::App& app, const Typed& typed, Options& options) {
    options.errors_only = typed.errors_only;
    const bool reports = app.get_subcommand("report")->parsed();
    if (!reports && typed.errors_only)
        return fail(ExitCode::kUsage, "--errors-only is for report", "a trace shows no orderly end unless by --all");
    if (const auto flag = given(app, {"--since", "--until"}); !reports && !flag.empty())
        return fail(ExitCode::kUsage, fmt::format("{} is for report", flag), "a trace tells what happens from now on");
    if (!reports) return {};
    if (typed.reports.empty())
        return fail(ExitCode::kUsage, "report needs a recording", "none is given",
                    "tcpblame report FILE…, or - for standard input");
    const auto flag =
        given(app, {"--follow", "--reads", "--duration", "--hook", "--dry-run", "--ring", "--max-memory", "--write"});
    if (!flag.empty())
        return fail(ExitCode::kUsage, fmt::format("{} is not for report", flag), "it needs the running kernel",
                    "give it to record");
    options.reports = typed.reports;
    return check_recordings(options);
}

Result<Options> options_from(const CLI::App& app, const Typed& typed) {
    Options options;
    model::Selection& selection = options.selection;
    for (const auto& taken : {take(app, "--pid", typed.pids, selection.pids, parse_pids),
                              take(app, "--port", typed.ports, selection.ports, parse_ports),
                              take(app, "--localport", typed.local_ports, selection.local_ports, parse_ports),
                              take(app, "--remoteport", typed.remote_ports, selection.remote_ports, parse_ports),
                              take(app, "--comm", typed.comms, selection.comms, parse_comms),
                              take(app, "--cgroup", typed.cgroups, selection.cgroups, parse_cgroups),
                              take(app, "--netns", typed.netns, selection.netns, parse_netns),
                              take(app, "--duration", typed.duration, options.duration, parse_seconds),
                              take(app, "--count", typed.count, options.count, parse_count),
                              take(app, "--ring", typed.ring, options.ring_bytes, parse_ring_size),
                              take(app, "--max-memory", typed.max_memory, options.max_memory, parse_memory_size),
                              take(app, "--since", typed.since, options.since, parse_moment),
                              take(app, "--until", typed.until, options.until, parse_moment),
                              take(app, "--color", typed.color, options.color, parse_color),
                              take(app, "--hook", typed.hooks, options.hooks, parse_hooks)})
        if (!taken) return tl::unexpected(taken.error());
    if (typed.ipv4 || typed.ipv6) { // both: the same as neither
        selection.ipv4 = typed.ipv4;
        selection.ipv6 = typed.ipv6;
    }
    if (typed.follow && selection.pids.empty())
        return fail(ExitCode::kUsage, "--follow needs --pid", "it adds the children of the processes named there");
    selection.follow = typed.follow;
    options.all = typed.all;
    options.reads = typed.reads;
    options.json = typed.json;
    options.relative_time = typed.relative;
    options.verbose = typed.verbose;
    options.doctor = typed.dry_run || app.get_subcommand("doctor")->parsed();
    options.output = typed.output;
    if (app.count("--output") != 0 && typed.output.empty())
        return fail(ExitCode::kUsage, "--output does not take an empty name", "it takes a file to write to");
    for (const auto& taken :
         {take_recording(app, typed, options), take_rotation(app, typed, options), take_report(app, typed, options)})
        if (!taken) return tl::unexpected(taken.error());
    return options;
}

/// What CLI11 means, in words for people; it tells of bad input by exceptions.
Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_name();
        if (option->count() > 1)
            return {ExitCode::kUsage, fmt::format("{} is given more than once", name),
                    "which one is meant is not clear", "give it once; lists go with commas between"};
        if (option->get_type_size() == 0 || option->count() == 0) continue;
        const std::string value = option->results().empty() ? "" : option->results().front();
        if (value.empty() || value.front() == '-')
            return {ExitCode::kUsage, fmt::format("{} needs a value", name),
                    value.empty() ? "none is given" : fmt::format("'{}' is a flag", value), "see tcpblame --help"};
    }
    const std::string_view what = error.what();
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) // "--pid: 1 required TEXT missing"
        return {ExitCode::kUsage, fmt::format("{} needs a value", what.substr(0, what.find(':'))), "none is given",
                "see tcpblame --help"};
    return {ExitCode::kUsage, error.what(), {}, "see tcpblame --help"};
}

} // namespace

Result<Command> parse(int argc, const char* const* argv) {
    CLI::App app;
    Typed typed;
    declare(app, typed);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(usage_error(app, error));
    }
    if (app.get_subcommand("trace")->count() > 1)
        return fail(ExitCode::kUsage, "trace is given more than once", "one command is run at a time");
    if (typed.long_help) return Command{std::nullopt, long_help()};
    if (typed.short_help) return Command{std::nullopt, short_help()};
    if (typed.version) return Command{std::nullopt, fmt::format("tcpblame {}\n", kVersion)};
    auto options = options_from(app, typed);
    if (!options) return tl::unexpected(options.error());
    return Command{std::move(*options), {}};
}

} // namespace tcpblame::cli
