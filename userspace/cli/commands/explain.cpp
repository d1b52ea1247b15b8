// tcpblame explain [CAUSE…]: what a cause means, and what to do about it.
#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/writer.hpp"
#include "model/cause.hpp"
#include "render/manual.hpp"
#include "render/page.hpp"
#include "render/wording/causes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

/// Longer lines are hard to read.
constexpr unsigned kMostWidth = 100;

struct Explained {
    std::string code;
    std::string_view meaning;
};

std::vector<Explained> all_explained() {
    std::vector<Explained> all;
    for (int i = 0; i < model::kCauseCount; ++i) {
        const auto cause = static_cast<model::Cause>(i);
        all.push_back({std::string(code_of(cause)), render::words_for(cause).meaning});
    }
    const auto modifier = model::Modifier::kErrorAlreadyTaken;
    all.push_back({std::string(code_of(modifier)), render::meaning_of(modifier)});
    return all;
}

void list(const std::vector<Explained>& all, render::Page& page) {
    std::size_t widest = 0;
    for (const Explained& each : all) widest = std::max(widest, each.code.size());
    for (const Explained& each : all)
        page.paragraph({{fmt::format("{:<{}}", each.code, widest + 2), render::Ink::kStrong}},
                       {{std::string(each.meaning), render::Ink::kPlain}});
    page.blank();
    page.paragraph({{"tcpblame explain CAUSE says more of one", render::Ink::kPlain}}, {});
}

void report(const Explained& cause, render::Page& page) {
    page.paragraph({{cause.code, render::Ink::kStrong}, {": ", render::Ink::kPlain}},
                   {{std::string(cause.meaning), render::Ink::kPlain}});
    page.blank();
    render::set_manual(embedded(cause.code + ".scd"), page);
}

bool is_an_outcome(std::string_view typed) {
    constexpr std::array<std::string_view, 3> kOutcomes{"SIGPIPE", "EPIPE", "ECONNRESET"};
    return std::find(kOutcomes.begin(), kOutcomes.end(), typed) != kOutcomes.end();
}

} // namespace

std::vector<std::string> explained_causes() {
    std::vector<std::string> codes;
    for (Explained& each : all_explained()) codes.push_back(std::move(each.code));
    return codes;
}

Result<Command> read_explain(const TypedLine& line) {
    ExplainOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    const std::vector<std::string> known = explained_causes();
    for (const std::string& cause : line.arguments) {
        if (is_an_outcome(cause))
            return fail(ExitCode::kUsage, fmt::format("{} is what a program gets, and has many causes", cause), "",
                        "tcpblame explain lists them; which it was, tcpblame reports a connection that it watches");
        if (std::find(known.begin(), known.end(), cause) == known.end())
            return fail(ExitCode::kUsage, fmt::format("there is no cause '{}'", cause), "",
                        did_you_mean(cause, known, "tcpblame explain lists them"));
    }
    options.causes = line.arguments;
    return options;
}

Result<int> carry_out(const ExplainOptions& options) {
    render::Page page({.width = std::min(width_of(STDOUT_FILENO), kMostWidth),
                       .color = wants_color(options.color, STDOUT_FILENO),
                       .charset = render::Charset::kAscii}); // the texts have nothing else
    const std::vector<Explained> all = all_explained();
    if (options.causes.empty()) list(all, page);
    for (std::size_t i = 0; i < options.causes.size(); ++i) {
        if (i > 0) page.blank();
        for (const Explained& each : all)
            if (each.code == options.causes[i]) report(each, page);
    }
    return status_of(print(page.take()));
}

} // namespace tcpblame::cli
