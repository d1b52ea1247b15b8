#include "fuzz/reporting.hpp"

#include "fuzz/verdict_checks.hpp"
#include "reconstruct/reconstruction.hpp"
#include "render/ecs.hpp"
#include "render/ndjson.hpp"
#include "render/otlp.hpp"
#include "wire/decoder.hpp"
#include "wire/run_frames.hpp"

#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace tcpblame::fuzz {
namespace {

/// Shows each verdict in every way that is line by line. A stack gets a name that the recording has, whether it is its
/// own or not: what counts here is that any bytes may be in it.
class Listener : public reconstruct::VerdictSink {
public:
    Listener(const render::ReportOptions& options, Reports& reported)
        : reported_(reported),
          report_(
              options, [&](std::string_view text) { put_text(text, options); },
              [&](std::string_view text) { put_text(text, options); }),
          ndjson_([this](std::string_view line) {
              check_json(line);
              reported_.json += line;
          }),
          otlp_(&check_json_of_others),
          ecs_(&check_json_of_others) {}

    void verdict(model::Verdict&& verdict) override {
        check_verdict(verdict, fed_);
        if (!verdict.stack.empty()) name(verdict.stack);
        if (verdict.peer && !verdict.peer->stack.empty()) name(verdict.peer->stack);
        ndjson_.verdict(verdict);
        otlp_.verdict(verdict);
        ecs_.verdict(verdict);
        report_.verdict(verdict);
        ++reported_.verdicts;
        auto& by_cause =
            verdict.kind == model::VerdictKind::kTeardown ? end_.teardowns_by_cause : end_.verdicts_by_cause;
        ++by_cause.at(static_cast<std::size_t>(verdict.cause));
        ++(verdict.kind == model::VerdictKind::kTeardown ? end_.teardowns : end_.verdicts);
    }
    void lost(const model::LostEvents& lost) override {
        end_.lost_events += lost.count;
        ndjson_.lost(lost);
        otlp_.lost(lost);
        ecs_.lost(lost);
        report_.lost(lost);
    }
    void clock_set(const model::ClockSet& set) override {
        ndjson_.clock_set(set);
        otlp_.clock_set(set);
        ecs_.clock_set(set);
        report_.clock_set(set);
    }

    void start(const model::RunStart& start) {
        ndjson_.start(start);
        otlp_.start(start);
        ecs_.start(start);
        report_.start(start);
    }
    void before(const Step& step) {
        step_ = &step;
        stacks_named_ = 0;
        std::visit(
            [this](const auto& event) {
                if constexpr (requires { event.stamp; }) fed_.insert(event.stamp.id);
            },
            step.event);
    }
    void pass(std::uint64_t now_ns) { report_.flush(now_ns); }
    void end(const model::RecordedEnd& end) {
        end_.monotonic_ns = end.monotonic_ns;
        end_.reason = end.reason;
        ndjson_.end(end_);
        otlp_.end(end_);
        ecs_.end(end_);
        report_.end(end_);
    }

private:
    void put_text(std::string_view text, const render::ReportOptions& options) {
        check_text(text, options);
        reported_.text += text;
    }
    void name(std::vector<model::StackFrame>& stack) {
        if (step_ != nullptr && !step_->named.empty()) stack = step_->named[stacks_named_++ % step_->named.size()];
    }

    Reports& reported_;
    render::Report report_;
    render::Ndjson ndjson_;
    render::Otlp otlp_;
    render::Ecs ecs_;
    std::set<model::EventId> fed_;
    const Step* step_ = nullptr;
    std::size_t stacks_named_ = 0;
    model::RunEnd end_;
};

} // namespace

Story story_of(const Frames& frames) {
    Story story;
    for (const wire::FrameBytes& frame : frames) {
        if (auto record = wire::decode_run_frame(frame)) {
            if (auto* run = std::get_if<model::RecordedRun>(&*record)) {
                if (&frame == &frames.front()) story.run = std::move(*run);
            } else if (auto* stack = std::get_if<model::NamedStack>(&*record)) {
                if (!story.steps.empty()) story.steps.back().named.push_back(std::move(stack->frames));
            } else {
                story.end = std::get<model::RecordedEnd>(*record);
            }
        } else if (auto event = wire::decode(frame)) {
            story.steps.push_back({std::move(*event), {}});
        }
    }
    return story;
}

render::ReportOptions report_options(std::size_t choice) {
    render::ReportOptions options;
    options.color = (choice & 1) != 0;
    options.unicode = (choice & 2) != 0;
    options.relative_time = (choice & 4) != 0;
    options.verbose = (choice & 8) != 0;
    options.width = (choice & 16) != 0 ? 132 : 80;
    return options;
}

Reports report(const Story& story, const render::ReportOptions& options) {
    Reports reported;
    Listener listener(options, reported);
    listener.start(story.run.start);
    reconstruct::Reconstruction core(story.run.selection, listener, {.all = story.run.all});
    for (const Step& step : story.steps) {
        listener.before(step);
        core.feed(step.event);
        if (const auto* passed = std::get_if<model::TimePassed>(&step.event)) listener.pass(passed->now_ns);
    }
    core.finish();
    listener.end(story.end);
    reported.remembered = core.remembered();
    return reported;
}

} // namespace tcpblame::fuzz
