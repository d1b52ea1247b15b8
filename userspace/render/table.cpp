#include "render/table.hpp"

#include "model/names.hpp"
#include "render/orderly.hpp"
#include "render/wording/cells.hpp"
#include "render/wording/sentences.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace tcpblame::render {

namespace {

constexpr std::string_view kBetweenColumns = "  ";

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
        line.push_back({std::string{kBetweenColumns}, Ink::kPlain});
        line.push_back({cells.at(index), all.value_or(kColumns.at(index).ink)});
        const std::size_t wide = display_width(cells.at(index));
        const std::size_t expected = kColumns.at(index).width;
        if (wide < expected) line.push_back({std::string(expected - wide, ' '), Ink::kPlain});
    }
    return line;
}

std::string call_words(const model::Verdict& verdict, const Page& page) {
    const std::string_view disposition = model::code_of(verdict.disposition);
    const std::string words = what_happened(verdict, page);
    return disposition.empty() ? words : fmt::format("{} ({})", words, disposition);
}

} // namespace

Line table_head(std::size_t time_width) {
    Cells titles;
    for (std::size_t index = 0; index < titles.size(); ++index) titles.at(index) = kColumns.at(index).title;
    return composed(fmt::format("{:<{}}", "TIME", time_width), titles, Ink::kFaint);
}

Line table_row(const model::Verdict& verdict, const std::string& time, const Page& page) {
    const std::string process = verdict.process ? name_and_pid(*verdict.process, page) : std::string{};
    return composed(time,
                    {process + host_words(verdict.host, page), call_words(verdict, page), endpoints(verdict, page),
                     std::string{model::code_of(verdict.cause)} + confidence_words(verdict),
                     who_did_it(verdict, page, true)},
                    {});
}

} // namespace tcpblame::render
