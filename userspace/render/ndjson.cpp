#include "render/ndjson.hpp"

#include "render/run_members.hpp"
#include "render/verdict_members.hpp"

#include <utility>

namespace tcpblame::render {

namespace {

constexpr int kSchema = 1;

} // namespace

Ndjson::Ndjson(Sink sink) : sink_(std::move(sink)) {}

void Ndjson::open(std::string_view type, std::uint64_t monotonic_ns, const Origin& origin, std::string_view id) {
    line_.begin();
    line_.put("schema", kSchema);
    line_.put("type", type);
    line_.put("time", rfc3339_(clock_.realtime_of(monotonic_ns)));
    line_.put("monotonic_ns", monotonic_ns);
    line_.put_members(origin.members);
    line_.add("event_id", id);
}

void Ndjson::emit() {
    const std::string_view line = line_.end();
    if (sink_) sink_(line);
}

void Ndjson::start(const model::RunStart& start) {
    clock_.start(start);
    origins_.start(start);
    open("start", start.monotonic_ns, origins_.whole(), LineId(origins_.whole(), "start").view());
    members::report(line_, start);
    emit();
}

void Ndjson::verdict(const model::Verdict& verdict) {
    const bool failed_write = verdict.kind == model::VerdictKind::kFailedWrite;
    const Origin& origin = origins_.of(verdict.recording);
    clock_.pass(verdict.monotonic_ns);
    open(failed_write ? "verdict" : "teardown", verdict.monotonic_ns, origin, LineId(origin, verdict).view());
    members::report_findings(line_, verdict);
    members::put_sentence(line_, "summary", add_summary, verdict, words_);
    members::put_sentence(line_, "advice", add_advice, verdict, words_);
    if (verdict.process) line_.add_object("process", [&] { members::report(line_, *verdict.process); });
    if (failed_write) members::report_failure(line_, verdict);
    if (verdict.connection) {
        const members::TupleText text(verdict.connection->tuple);
        line_.add_object("connection", [&] { members::report(line_, *verdict.connection, text); });
        if (verdict.translated) line_.add_object("translated", [&] { members::report(line_, *verdict.translated); });
        members::report_flat(line_, verdict.connection->tuple, text);
    }
    members::report_circumstances(line_, verdict, words_);
    emit();
}

void Ndjson::lost(const model::LostEvents& lost) {
    const Origin& origin = origins_.of(lost.recording);
    open("lost", clock_.known_ns(lost), origin, LineId(origin, lost).view());
    members::report(line_, lost);
    emit();
}

/// They have no event of their own, and so no name.
void Ndjson::alike(const model::AlikeVerdicts& alike) {
    const model::Verdict& first = alike.first;
    clock_.pass(alike.last_ns);
    open("alike", first.monotonic_ns, origins_.of(first.recording), "");
    members::report(line_, alike);
    if (!alike.mixed) members::put_sentence(line_, "summary", add_summary, first, words_);
    emit();
}

void Ndjson::heartbeat(const model::RunEnd& so_far) {
    open("heartbeat", so_far.monotonic_ns, origins_.whole(), "");
    members::put_counts(line_, so_far);
    emit();
}

void Ndjson::end(const model::RunEnd& end) {
    open("end", end.monotonic_ns, origins_.whole(), LineId(origins_.whole(), "end").view());
    members::report(line_, end);
    emit();
}

} // namespace tcpblame::render
