// tcpblame explain [CAUSE|REASON…]: what a cause, or a reason behind one, means, and what to do about it.
#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/writer.hpp"
#include "model/cause.hpp"
#include "render/manual.hpp"
#include "render/page.hpp"
#include "render/wording/causes.hpp"
#include "render/wording/reasons.hpp"

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

std::vector<Explained> causes() {
    std::vector<Explained> all;
    for (int i = 0; i < model::kCauseCount; ++i) {
        const auto cause = static_cast<model::Cause>(i);
        all.push_back({std::string(code_of(cause)), render::words_for(cause).meaning});
    }
    const auto modifier = model::Modifier::kErrorAlreadyTaken;
    all.push_back({std::string(code_of(modifier)), render::meaning_of(modifier)});
    return all;
}

std::vector<Explained> reasons() {
    std::vector<Explained> all;
    for (int i = 0; i < model::kReasonCount; ++i) {
        const auto reason = static_cast<model::ReasonCode>(i);
        all.push_back({std::string(code_of(reason)), render::meaning_of(reason)});
    }
    return all;
}

std::vector<Explained> all_explained() {
    std::vector<Explained> all = causes();
    for (Explained& each : reasons()) all.push_back(std::move(each));
    return all;
}

void list(const std::string& title, const std::vector<Explained>& all, render::Page& page) {
    constexpr std::size_t kWidest = std::string_view("error-already-taken").size();
    page.paragraph({{title, render::Ink::kPlain}}, {});
    for (const Explained& each : all)
        page.paragraph({{fmt::format("{:<{}}", each.code, kWidest + 2), render::Ink::kStrong}},
                       {{std::string(each.meaning), render::Ink::kPlain}});
    page.blank();
}

void list_all(render::Page& page) {
    list("Causes, of which each verdict names one:", causes(), page);
    list("Reasons behind a cause, on the line \"why\":", reasons(), page);
    page.paragraph({{"tcpblame explain CAUSE, or REASON, says more of one", render::Ink::kPlain}}, {});
}

void report(const Explained& one, render::Page& page) {
    page.paragraph({{one.code, render::Ink::kStrong}, {": ", render::Ink::kPlain}},
                   {{std::string(one.meaning), render::Ink::kPlain}});
    page.blank();
    render::set_manual(embedded(one.code + ".scd"), page);
}

bool is_an_outcome(std::string_view typed) {
    constexpr std::array<std::string_view, 3> kOutcomes{"SIGPIPE", "EPIPE", "ECONNRESET"};
    return std::find(kOutcomes.begin(), kOutcomes.end(), typed) != kOutcomes.end();
}

} // namespace

std::vector<std::string> explained_names() {
    std::vector<std::string> codes;
    for (Explained& each : all_explained()) codes.push_back(std::move(each.code));
    return codes;
}

Result<Command> read_explain(const TypedLine& line) {
    ExplainOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    const std::vector<std::string> known = explained_names();
    for (const std::string& name : line.arguments) {
        if (is_an_outcome(name))
            return fail(ExitCode::kUsage, fmt::format("{} is what a program gets, and has many causes", name), "",
                        "tcpblame explain lists them; which it was, tcpblame reports a connection that it watches");
        if (std::find(known.begin(), known.end(), name) == known.end())
            return fail(ExitCode::kUsage, fmt::format("there is no cause or reason '{}'", name), "",
                        did_you_mean(name, known, "tcpblame explain lists them"));
    }
    options.names = line.arguments;
    return options;
}

Result<int> carry_out(const ExplainOptions& options) {
    render::Page page({.width = std::min(width_of(STDOUT_FILENO), kMostWidth),
                       .color = wants_color(options.color, STDOUT_FILENO),
                       .charset = render::Charset::kAscii}); // the texts have nothing else
    const std::vector<Explained> all = all_explained();
    if (options.names.empty()) list_all(page);
    for (std::size_t i = 0; i < options.names.size(); ++i) {
        if (i > 0) page.blank();
        for (const Explained& each : all)
            if (each.code == options.names[i]) report(each, page);
    }
    return status_of(print(page.take()));
}

} // namespace tcpblame::cli
