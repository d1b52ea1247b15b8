#include "render/html_words.hpp"

#include "render/wording/cells.hpp"
#include "render/wording/explanation.hpp"
#include "render/wording/headline.hpp"
#include "render/wording/page_phrases.hpp"
#include "render/wording/rungs.hpp"
#include "render/wording/sentences.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tcpblame::render {
namespace {

/// What is quoted is spelled out by the page's script, where it is shown.
class BrowserWriting : public Writing {
public:
    [[nodiscard]] const Signs& signs() const override { return signs_of(Charset::kUnicode); }
    [[nodiscard]] std::string safe(std::string_view untrusted, std::size_t /*max_width*/) const override {
        return std::string{untrusted};
    }
};

/// As page.css calls it.
std::string_view tone_of(Ink ink) {
    switch (ink) {
    case Ink::kPlain: return {};
    case Ink::kStrong: return "strong";
    case Ink::kBad: return "bad";
    case Ink::kUnsure: return "unsure";
    case Ink::kFaint: return "faint";
    }
    return {};
}

/// A piece of text, or a pair of its tone and it.
void put_span(JsonLine& json, const Span& span) {
    if (span.text.empty()) return;
    const std::string_view tone = tone_of(span.ink);
    if (tone.empty())
        json.put(span.text);
    else
        json.array([&] {
            json.put(tone);
            json.put(span.text);
        });
}

void put_facts(JsonLine& json, std::string_view name, const std::vector<Fact>& facts) {
    json.array(name, facts, [&](const Fact& fact) {
        if (width_of(fact.text) == 0) return;
        json.array([&] {
            json.put(fact.label);
            json.array([&] {
                for (const Span& span : fact.text) put_span(json, span);
            });
        });
    });
}

/// What is known of a process besides its name.
Line process_facts(const model::Process& process, const Writing& writing) {
    std::string words;
    for (const std::string& more : {process.exe, place_words(process, writing, true), process.cgroup})
        if (!more.empty()) words += (words.empty() ? "" : "  ·  ") + more;
    return {{words, Ink::kPlain}};
}

std::vector<Fact> page_details_of(const model::Verdict& verdict, const Writing& writing) {
    std::vector<Fact> facts = details_of(verdict, writing);
    facts.pop_back(); // the events are in the line of JSON
    for (Fact& fact : facts)
        for (Span& span : fact.text) span.ink = Ink::kPlain;
    if (verdict.write && verdict.write->fd)
        facts.push_back({"fd", {{std::to_string(*verdict.write->fd), Ink::kPlain}}});
    if (verdict.closed_first != model::OpenedBy::kUnknown)
        facts.push_back({"closed first", {{std::string{model::code_of(verdict.closed_first)}, Ink::kPlain}}});
    if (verdict.peer) facts.push_back({"peer's", process_facts(verdict.peer->process, writing)});
    return facts;
}

/// What the peer did, where that is a moment of the ladder.
std::string deed_of(const model::Verdict& verdict) {
    if (!verdict.peer || is_of_another_time(verdict.peer->act)) return {};
    return verdict.peer->process.pid != 0 || !verdict.peer->process.name.empty() ? act_words(*verdict.peer) : "";
}

} // namespace

std::string_view HtmlWords::of_run() {
    line_.begin();
    for (const PagePhrase& phrase : kPagePhrases) {
        if (phrase.of_one.empty())
            line_.put(phrase.name, phrase.text);
        else
            line_.array(phrase.name, std::array{phrase.of_one, phrase.text},
                        [&](std::string_view text) { line_.put(text); });
    }
    return line_.end();
}

std::string_view HtmlWords::of(const model::Verdict& verdict) {
    const BrowserWriting writing;
    line_.begin();
    line_.add("type", "words");
    Line top = headline(verdict, writing, kAnyWidth).line;
    for (Span& span : culprit(verdict, writing)) top.push_back(std::move(span));
    line_.array("headline", top, [&](const Span& span) { put_span(line_, span); });
    line_.add("what", what_happened(verdict, writing));
    line_.add("by", who_did_it(verdict, writing, false));
    line_.add("ends", endpoints(verdict, writing));
    if (is_of_a_call(verdict))
        line_.array("call", failed_call(*verdict.write, writing), [&](const Span& span) { put_span(line_, span); });
    put_facts(line_, "facts", explanation_of(verdict, writing, {}));
    put_facts(line_, "details", page_details_of(verdict, writing));
    line_.add("deed", deed_of(verdict));
    line_.array("rungs", verdict.timeline, [&](const model::TimelineEntry& entry) {
        line_.array([&] {
            line_.put(rung_state(entry, verdict));
            line_.put(rung_event(entry, verdict));
        });
    });
    return line_.end();
}

} // namespace tcpblame::render
