#include "cli/option_docs.hpp"

#include "cli/embedded.hpp"
#include "cli/output/terminal.hpp"
#include "render/manual.hpp"
#include "render/page.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace tcpblame::cli {
namespace {

constexpr std::size_t kColumns = 80;

/// At spaces, after `indent` of them; a longer word keeps its line.
std::string wrapped(std::string_view text, std::size_t indent) {
    std::string lines;
    std::string line(indent, ' ');
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        if (line.size() > indent && line.size() + 1 + word.size() > kColumns) {
            lines += line + '\n';
            line.assign(indent, ' ');
        }
        if (line.size() > indent) line += ' ';
        line += word;
        at = end + 1;
    }
    return lines + line + '\n';
}

/// "-p, --pid PID"
std::string head_of(const OptionEntry& option, std::string_view between = ", ") {
    std::string head = option.short_name;
    if (!head.empty() && option.long_name[0] != '\0') head += between;
    head += option.long_name;
    if (!option.is_flag()) head += fmt::format(" {}", option.argument);
    return head;
}

std::string sentence(std::string_view clause) {
    std::string text(clause);
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    if (text.back() != '.') text += '.';
    return text;
}

// ── The help ────────────────────────────────────────────────────────────────────────────────────

constexpr std::string_view kName = "tcpblame - who broke this TCP connection, and why did my write get SIGPIPE?\n";

constexpr std::string_view kIntroduction = R"(
Attaches to the running kernel, waits for a write that gets SIGPIPE, EPIPE or
ECONNRESET, and prints who broke the connection and how. Needs root, or CAP_BPF
and CAP_PERFMON. Ctrl-C ends it with a summary.

)";

constexpr std::string_view kUsage = R"(Usage: tcpblame [trace | run -- CMD | top | record | agent | report FILE... |
                 doctor | explain [NAME] | schema | store STEP] [OPTIONS]

  sudo tcpblame -p 4242          who breaks the connections of one process
  sudo tcpblame run -- ./app     a command, watched from its first instruction
  sudo tcpblame record -w FILE   record now; tcpblame report FILE reports later

)";

constexpr std::string_view kConclusion = R"(
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

std::string usage_of(const CommandEntry& entry, bool is_first) {
    constexpr std::size_t kIndent = 30;
    std::string text = fmt::format("{}tcpblame {}", is_first ? "Usage: " : "       ", entry.synopsis);
    if (entry.summary[0] == '\0') return text + '\n';
    std::string summary = wrapped(entry.summary, kIndent);
    if (text.size() + 1 < kIndent) return text + summary.substr(text.size());
    return text + '\n' + summary;
}

/// The command that takes every option of the section, where that is one alone.
std::optional<CommandId> only_command_of(Section section) {
    std::optional<CommandId> only;
    for (const OptionEntry& each : option_table()) {
        if (each.section != section) continue;
        if (!each.commands.only() || (only && only != each.commands.only())) return std::nullopt;
        only = each.commands.only();
    }
    return only;
}

std::string help_of(const OptionEntry& option) {
    constexpr std::size_t kIndent = 26;
    std::string head = fmt::format("  {}{}", option.short_name[0] == '\0' ? "    " : "", head_of(option));
    std::string summary = option.summary;
    if (const auto only = option.commands.only(); only && !only_command_of(option.section))
        summary = fmt::format("{}: {}", command(*only).name, summary);
    std::string text = wrapped(summary, kIndent);
    if (head.size() + 2 > kIndent) return head + '\n' + text;
    return head + text.substr(head.size());
}

std::string help_of(const SectionEntry& section) {
    const auto only = only_command_of(section.id);
    std::string text = fmt::format("\n{}{}:\n", section.title, only ? fmt::format(" ({})", command(*only).name) : "");
    for (const OptionEntry& each : option_table())
        if (each.section == section.id) text += help_of(each);
    return section.note[0] == '\0' ? text : text + wrapped(section.note, 2);
}

} // namespace

std::string short_help() {
    constexpr std::size_t kCell = 26;
    std::string text = fmt::format("{}{}Options (lists with commas):\n", kName, kUsage);
    std::string line;
    const auto end_line = [&] {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
        line.clear();
    };
    for (const OptionEntry& each : option_table()) {
        if (each.name() == "-h") continue;             // it is what is asked for
        if (each.section == Section::kNames) continue; // few need them
        // Theirs are on the commands' own pages: tcpblame store -h, tcpblame agent -h, tcpblame report -h.
        if (each.section == Section::kAgent || each.section == Section::kVerdicts ||
            (each.section == Section::kStore && each.name() != "--store"))
            continue;
        std::string cell = head_of(each);
        if (const auto only = each.commands.only()) cell += fmt::format(" ({})", command(*only).name);
        if (each.name() == "-6") { // beside -4
            line.insert(line.find_last_not_of(' ') + 1, ", -6");
            line.resize(line.size() - cell.size() - 2);
            continue;
        }
        if (line.size() + cell.size() > kColumns) end_line();
        if (line.empty()) line = "  ";
        line += cell;
        line.resize((line.size() + kCell - 1) / kCell * kCell + 2, ' ');
    }
    end_line();
    return text;
}

std::string long_help() {
    std::string text = fmt::format("{}{}", kName, kIntroduction);
    for (const CommandEntry& each : command_table()) text += usage_of(each, &each == command_table().data());
    for (const SectionEntry& each : section_table()) text += help_of(each);
    return text.append(kConclusion);
}

std::string command_help(std::string_view name) {
    std::string source(embedded(fmt::format("tcpblame-{}.1.scd", name)));
    if (source.empty()) return {};
    source.erase(0, source.find("# NAME")); // what the page is called
    const auto fill_in = [&source](std::string_view mark, const std::string& text) {
        if (const std::size_t at = source.find(mark); at != std::string::npos) source.replace(at, mark.size(), text);
    };
    fill_in("%EXPLANATIONS%", "*tcpblame explain* lists them.");
    fill_in("%REASON_EXPLANATIONS%", "*tcpblame explain* lists them.");
    for (const CommandEntry& each : command_table())
        if (each.name == name) fill_in("%OPTIONS%\n", options_manual(each.id, false));
    constexpr unsigned kPageWidth = 100;
    render::Page page({.width = std::min(width_of(STDOUT_FILENO), kPageWidth),
                       .color = wants_color(ColorChoice::kAuto, STDOUT_FILENO),
                       .charset = render::Charset::kAscii});
    render::set_manual(source, page);
    return page.take();
}

// ── The man pages ───────────────────────────────────────────────────────────────────────────────

namespace {

/// "*-p*, *--pid* _PID_[,...]"
std::string manual_head(const OptionEntry& option) {
    std::string head;
    for (const char* name : {option.short_name, option.long_name})
        if (name[0] != '\0') head += fmt::format("{}*{}*", head.empty() ? "" : ", ", name);
    // What is between brackets or signs is no name: _ADDRESS_[/_LEN_], _ROLE_=_PROGRAM_.
    std::string argument;
    bool in_name = false;
    for (const char letter : std::string_view(option.argument)) {
        if ((std::isupper(static_cast<unsigned char>(letter)) != 0) != in_name) {
            argument += '_';
            in_name = !in_name;
        }
        argument += letter;
    }
    if (in_name) argument += '_';
    if (!argument.empty()) head += ' ' + argument;
    return option.many == OptionEntry::Many::kOne ? head : head + "[,...]";
}

std::string manual_of(const OptionEntry& option, std::optional<CommandId> page, bool headings = true) {
    const auto only = option.commands.only();
    const bool in_full = (!page || only) && option.manual[0] != '\0';
    std::string text = in_full ? option.manual : sentence(option.summary);
    if (only && !page) text = fmt::format("For *{}* only. {}", command(*only).name, text);
    // A paragraph that is nothing but bold is a heading on the terminal: a space makes it another.
    return fmt::format("{}{}\n\t{}\n\n", manual_head(option), headings ? "" : " ", text);
}

} // namespace

std::string options_manual() {
    std::string text;
    for (const SectionEntry& section : section_table()) {
        text += fmt::format("## {}\n\n", section.title);
        if (section.intro[0] != '\0') text += fmt::format("{}\n\n", section.intro);
        for (const OptionEntry& each : option_table())
            if (each.section == section.id) text += manual_of(each, std::nullopt);
    }
    return text;
}

std::string options_manual(CommandId page, bool headings) {
    std::string text;
    for (const SectionEntry& section : section_table()) {
        std::string options;
        for (const OptionEntry& each : option_table())
            if (each.section == section.id && each.commands.has(page)) options += manual_of(each, page, headings);
        if (options.empty()) continue;
        text += fmt::format(fmt::runtime(headings ? "## {}\n\n" : "*{}*\n\n"), section.title);
        if (section.note[0] != '\0' && section.id == Section::kRange) text += fmt::format("{}\n\n", section.note);
        text += options;
    }
    text.resize(text.empty() ? 0 : text.size() - 1); // one blank line is enough
    return text;
}

} // namespace tcpblame::cli
