#include "render/table.hpp"

#include "model/names.hpp"
#include "render/orderly.hpp"
#include "render/sentences.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace tcpblame::render {

namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kCellNameWidth = 32;
constexpr std::size_t kCellSyscallWidth = 24;

struct Column {
    std::string_view title;
    std::size_t width; ///< what is longer pushes the rest of its line
    Ink ink;
};

constexpr std::array kColumns = {
    Column{"PROCESS", 21, Ink::kStrong}, Column{"CALL", 28, Ink::kPlain}, Column{"CONNECTION", 43, Ink::kPlain},
    Column{"CAUSE", 29, Ink::kBad},      Column{"PEER", 0, Ink::kPlain},
};

using Cells = std::array<std::string, kColumns.size()>;

Line composed(const std::string& time, const Cells& cells, std::optional<Ink> all) {
    Line line{{time, Ink::kFaint}};
    for (std::size_t index = 0; index < cells.size(); ++index) {
        line.push_back({std::string{kGap}, Ink::kPlain});
        line.push_back({cells.at(index), all.value_or(kColumns.at(index).ink)});
        const std::size_t wide = display_width(cells.at(index));
        const std::size_t expected = kColumns.at(index).width;
        if (wide < expected) line.push_back({std::string(expected - wide, ' '), Ink::kPlain});
    }
    return line;
}

std::string process_words(const model::Process& process, const Page& page) {
    const std::string name = name_of(process, page, kCellNameWidth);
    return (process.pid == 0 ? name : fmt::format("{}[{}]", name, process.pid)) + host_words(process.host, page);
}

std::string call_words(const model::Verdict& verdict, const Page& page) {
    if (is_orderly(verdict)) return "closed";
    if (verdict.kind == model::VerdictKind::kTeardown) return broken_words(verdict.cause);
    std::string words = "SIGPIPE";
    // A SIGPIPE that a process sent has nothing to do with any write.
    if (verdict.write && verdict.cause != model::Cause::kSentByProcess) {
        const std::string& syscall = verdict.write->syscall;
        words = fmt::format("{} = {}", syscall.empty() ? "write" : page.safe(syscall, kCellSyscallWidth),
                            verdict.write->error > 0 ? model::errno_name(verdict.write->error) : "?");
    }
    const std::string_view disposition = model::code_of(verdict.disposition);
    return disposition.empty() ? words : fmt::format("{} ({})", words, disposition);
}

std::string peer_words(const model::Verdict& verdict, const Page& page) {
    if (verdict.peer) {
        const std::string who = process_words(verdict.peer->process, page);
        return fmt::format("{}{}{}", who, who.empty() ? "" : ": ", act_words(*verdict.peer));
    }
    if (verdict.killed_by) return "killed by " + process_words(*verdict.killed_by, page);
    if (verdict.sender) return "sent by " + process_words(*verdict.sender, page);
    return verdict.timeout ? timer_words(*verdict.timeout) : std::string{};
}

} // namespace

Line table_head(std::size_t time_width) {
    Cells titles;
    for (std::size_t index = 0; index < titles.size(); ++index) titles.at(index) = kColumns.at(index).title;
    return composed(fmt::format("{:<{}}", "TIME", time_width), titles, Ink::kFaint);
}

Line table_row(const model::Verdict& verdict, const std::string& time, const Page& page) {
    const std::string process = verdict.process ? process_words(*verdict.process, page) : std::string{};
    return composed(time,
                    {process + host_words(verdict.host, page), call_words(verdict, page), endpoints(verdict, page),
                     std::string{model::code_of(verdict.cause)} + confidence_words(verdict), peer_words(verdict, page)},
                    {});
}

} // namespace tcpblame::render
