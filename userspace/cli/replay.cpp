#include "cli/replay.hpp"

#include "cli/messages.hpp"
#include "cli/selects.hpp"
#include "wire/decoder.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>

namespace tcpblame::cli {
namespace {

std::optional<std::uint64_t> enough(const Options& options, const model::RecordedRun& run) {
    if (options.count && run.count) return std::min(*options.count, *run.count);
    return options.count ? options.count : run.count;
}

} // namespace

void Replay::tell(const model::Verdict& verdict) {
    model::Verdict named = verdict;
    name_stacks(named, [this](auto pid, auto& stack) { name(pid, stack); });
    if (options_.errors_only && named.cause == model::Cause::kOrderly) return;
    if (selects(options_.selection, named)) teller_.verdict(named);
}

Replay::Replay(const Options& options, const model::RecordedRun& run, record::Reader& reader, render::Output& output,
               Writer& writer)
    : options_(options),
      run_(run),
      reader_(reader),
      output_(output),
      writer_(writer),
      teller_(output, nullptr, enough(options, run)),
      listener_(*this),
      core_(run.selection, listener_, {.all = run.all}),
      passed_ns_(run.start.monotonic_ns) {}

Result<void> Replay::run() {
    output_.start(run_.start);
    Result<void> went = {};
    auto more = step_ahead();
    while (more && *more && !writer_.closed()) {
        const wire::FrameBytes frame = std::exchange(ahead_, {});
        names_.clear();
        more = step_ahead(); // what the frame's verdicts need is before the next one
        if (went = take(frame); !went) return went;
    }
    if (!more) went = tl::unexpected(more.error());
    if (!ended_) {
        if (auto told = end({passed_ns_, model::RunEndReason::kCutShort}); !told) return told;
        if (went && !writer_.closed())
            went = fail(ExitCode::kDamagedRecording, fmt::format("{} is cut short", reader_.name()),
                        "the run's end is not in it: its recorder was killed, or is still at work",
                        "what came before that is reported");
    }
    return went;
}

Result<bool> Replay::step_ahead() {
    while (true) {
        const auto frame = reader_.next();
        if (!frame) return tl::unexpected(frame.error());
        if (!*frame) return false;
        auto record = wire::decode_run_frame(**frame);
        if (!record || !std::holds_alternative<model::NamedStack>(*record)) {
            ahead_.assign((*frame)->begin(), (*frame)->end());
            return true;
        }
        auto& stack = std::get<model::NamedStack>(*record);
        names_[std::move(stack.key)].push_back(std::move(stack.frames));
    }
}

Result<void> Replay::take(wire::Frame frame) {
    if (const auto record = wire::decode_run_frame(frame)) {
        const auto* ending = std::get_if<model::RecordedEnd>(&*record);
        return ending != nullptr && !ended_ ? end(*ending) : Result<void>{};
    }
    auto event = wire::decode(frame);
    if (!event) ++not_understood_;
    if (!event || ended_) return {};
    const auto* passed = std::get_if<model::TimePassed>(&*event);
    const bool is_time = passed != nullptr;
    if (is_time) passed_ns_ = passed->now_ns;
    core_.feed(std::move(*event));
    if (!is_time) return {};
    output_.flush(passed_ns_);
    return writer_.flush();
}

Result<void> Replay::end(const model::RecordedEnd& end) {
    ended_ = true;
    core_.finish();
    if (not_understood_ > 0)
        print_error({ExitCode::kOk, fmt::format("frames left out of {}: {}", reader_.name(), not_understood_),
                     "they are not understood: another version of tcpblame made the recording",
                     "the verdicts may say less, or be missing; use the version that made it"});
    output_.end(teller_.tally().end(end.reason, end.monotonic_ns));
    return writer_.flush();
}

void Replay::name(std::uint32_t pid, std::vector<model::StackFrame>& stack) {
    const auto found = names_.find(model::stack_key(pid, stack));
    if (found == names_.end() || found->second.empty()) return;
    stack = std::move(found->second.front());
    found->second.pop_front();
}

} // namespace tcpblame::cli
