#include "cli/replay/replay.hpp"

#include "cli/output/tally.hpp"
#include "reconstruct/shift.hpp"
#include "wire/decoder.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::cli {

namespace {

bool saw_every_reset(const model::RecordedRun& run) {
    constexpr std::string_view kHook = "rst-sent-without-socket=";
    return std::any_of(run.hooks.begin(), run.hooks.end(),
                       [&](const std::string& hook) { return hook.starts_with(kHook); });
}

} // namespace

void Replay::Listener::verdict(model::Verdict&& verdict) {
    name_stacks(verdict, [this](auto pid, auto& stack) { replay_.name(pid, stack); });
    sink_.verdict(std::move(verdict));
}

Replay::Replay(const model::RecordedRun& run, model::Selection selection, record::Frames& frames,
               reconstruct::VerdictSink& sink, std::int64_t shift_ns, const reconstruct::Joining& joining)
    : frames_(frames),
      listener_(*this, sink),
      core_(std::move(selection), listener_,
            {.all = run.all,
             .unanswered = run.unanswered,
             .joining = joining,
             .max_memory = run.max_memory,
             .sees_every_reset = saw_every_reset(run)}),
      shift_ns_(shift_ns),
      next_ns_(reconstruct::shifted(run.start.monotonic_ns, shift_ns)),
      passed_ns_(next_ns_) {
    step_ahead();
}

bool Replay::step() {
    if (ahead_) {
        Read frame = std::move(*std::exchange(ahead_, std::nullopt));
        names_.clear();
        if (went_) step_ahead(); // what the frame's verdicts need is before the next one
        take(std::move(frame));
        return true;
    }
    if (end_) return false;
    finish({passed_ns_, model::RunEndReason::kCutShort});
    if (went_)
        went_ = fail(ExitCode::kDamagedRecording, fmt::format("{} is cut short", frames_.name()),
                     "the run's end is not in it: its recorder was killed, or is still at work",
                     "what came before that is reported");
    return false;
}

void Replay::step_ahead() {
    while (true) {
        const auto frame = frames_.next();
        if (!frame) went_ = tl::unexpected(frame.error());
        if (!frame || !*frame) return;
        auto record = wire::decode_run_frame(**frame);
        if (!record) {
            ahead_ = read(**frame);
            return;
        }
        if (auto* ending = std::get_if<model::RecordedEnd>(&*record)) {
            ending->monotonic_ns = reconstruct::shifted(ending->monotonic_ns, shift_ns_);
            next_ns_ = ending->monotonic_ns;
            ahead_ = *ending;
            return;
        }
        if (auto* stack = std::get_if<model::NamedStack>(&*record))
            names_[std::move(stack->key)].push_back(std::move(stack->frames));
    }
}

Replay::Read Replay::read(wire::Frame frame) {
    auto event = wire::decode(frame);
    if (!event) return std::monostate{};
    if (shift_ns_ != 0) reconstruct::shift(*event, shift_ns_);
    if (const auto time = reconstruct::time_of(*event))
        next_ns_ = *time;
    else if (const auto* passed = std::get_if<model::TimePassed>(&*event))
        next_ns_ = passed->now_ns;
    return std::move(*event);
}

void Replay::take(Read frame) {
    if (std::holds_alternative<std::monostate>(frame)) ++not_understood_;
    if (end_) return;
    if (const auto* ending = std::get_if<model::RecordedEnd>(&frame)) return finish(*ending);
    auto* event = std::get_if<model::Event>(&frame);
    if (event == nullptr) return;
    if (const auto* passed = std::get_if<model::TimePassed>(event)) passed_ns_ = passed->now_ns;
    core_.feed(std::move(*event));
}

void Replay::finish(const model::RecordedEnd& end) {
    end_ = end;
    core_.finish();
}

void Replay::name(std::uint32_t pid, std::vector<model::StackFrame>& stack) {
    const auto found = names_.find(model::stack_key(pid, stack));
    if (found == names_.end() || found->second.empty()) return;
    stack = std::move(found->second.front());
    found->second.pop_front();
}

} // namespace tcpblame::cli
