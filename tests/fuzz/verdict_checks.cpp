#include "fuzz/verdict_checks.hpp"

#include "fuzz/require.hpp"
#include "render/escape.hpp"
#include "render/wording/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace tcpblame::fuzz {
namespace {

using Json = nlohmann::json;

bool is_utf8(std::string_view text) {
    try {
        (void)Json(std::string(text)).dump(); // strict: it throws
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

/// C1 controls, marks and overrides of the text's direction, the line and the paragraph separator, the byte order mark.
bool has_steering(std::string_view text) {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        const auto byte = [&](std::size_t ahead) {
            return at + ahead < text.size() ? static_cast<unsigned char>(text[at + ahead]) : 0U;
        };
        if (byte(0) == 0xC2 && byte(1) < 0xA0) return true;
        if (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return true;
        if (byte(0) != 0xE2) continue;
        if (byte(1) == 0x80 && ((byte(2) >= 0x8B && byte(2) <= 0x8F) || (byte(2) >= 0xA8 && byte(2) <= 0xAE)))
            return true;
        if (byte(1) == 0x81 && byte(2) >= 0xA0 && byte(2) <= 0xAF) return true;
    }
    return false;
}

/// ESC [ digits and semicolons m: a colour and nothing else.
std::string without_colors(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        if (!text.starts_with("\x1b[")) {
            plain += text.front();
            text.remove_prefix(1);
            continue;
        }
        const std::size_t end = text.find_first_not_of("0123456789;", 2);
        require(end != std::string_view::npos && text[end] == 'm', "an escape sequence is a colour", plain);
        text.remove_prefix(end + 1);
    }
    return plain;
}

void check_line(std::string_view line, const render::ReportOptions& options) {
    require(std::all_of(line.begin(), line.end(),
                        [](char byte) { return static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F; }),
            "text holds no control character but the line feed", line);
    require(render::display_width(line) <= std::max(options.width, 80U), "a line fits the width", line);
}

} // namespace

void check_json_of_others(std::string_view line) {
    require(!line.empty() && line.back() == '\n', "JSON comes as a whole line", line);
    line.remove_suffix(1);
    require(std::all_of(line.begin(), line.end(), [](char byte) { return byte >= 0x20 && byte < 0x7F; }),
            "JSON is printable ASCII, in one line", line);
    require(Json::accept(line), "a line is JSON", line); // makes no object of it: that takes a run's time
}

void check_json(std::string_view line) {
    check_json_of_others(line);
    require(line.starts_with(R"({"schema":1,"type":")"), "a line is an object with a schema and a type", line);
}

void check_text(std::string_view text, const render::ReportOptions& options) {
    require(text.empty() || text.back() == '\n', "text comes in whole lines", text);
    require(is_utf8(text), "text is valid UTF-8", text);
    require(!has_steering(text), "text holds nothing that steers a terminal", text);
    const std::string plain = options.color ? without_colors(text) : std::string(text);
    require(options.unicode || std::all_of(plain.begin(), plain.end(), [](char byte) { return (byte & 0x80) == 0; }),
            "text is ASCII where that was asked for", text);
    for (std::string_view rest = plain; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        check_line(rest.substr(0, end), options);
        rest.remove_prefix(end + 1);
    }
}

void check_verdict(const model::Verdict& verdict, const std::set<model::EventId>& fed) {
    const std::string summary = render::summary_of(verdict);
    require(!summary.empty(), "each rule has a sentence", model::code_of(verdict.cause));
    require(verdict.event.sequence == 0 || fed.contains(verdict.event), "a verdict is named by an event that was fed",
            {});
    for (const model::EventId& id : verdict.evidence)
        require(fed.contains(id), "a verdict cites events that there were", summary);
    require(verdict.lost_events == 0 || verdict.confidence != model::Confidence::kObserved,
            "nothing is observed in a time of which events were lost", summary);
    require(std::is_sorted(verdict.timeline.begin(), verdict.timeline.end(),
                           [](const auto& one, const auto& other) { return one.at_ns < other.at_ns; }),
            "a timeline is in order", summary);
}

} // namespace tcpblame::fuzz
