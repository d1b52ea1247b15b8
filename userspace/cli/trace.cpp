#include "cli/trace.hpp"

#include "capture/capabilities.hpp"
#include "capture/config.hpp"
#include "capture/privileges.hpp"
#include "capture/session.hpp"
#include "capture/symbolizer.hpp"
#include "cli/messages.hpp"
#include "cli/screen.hpp"
#include "cli/tally.hpp"
#include "cli/target.hpp"
#include "cli/version.hpp"
#include "cli/writer.hpp"
#include "reconstruct/reconstruction.hpp"
#include "wire/decoder.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace tcpblame::cli {
namespace {

/// How long the reader sleeps when nothing urgent waits: what is told late is told this late at most.
constexpr std::uint64_t kGlanceNs = 100'000'000;

volatile std::sig_atomic_t g_interrupted = 0;

void on_interrupt(int /*signal*/) { g_interrupted = 1; }

/// Without SA_RESTART, so that a signal ends the wait for events. A reader that goes away ("| head") is
/// seen by the failing write.
void handle_signals() {
    struct sigaction interrupt {};
    interrupt.sa_handler = on_interrupt;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before {};
        sigaction(signal, nullptr, &before);
        // nohup, and a shell's "&", have it ignored: that is heeded.
        if (before.sa_handler != SIG_IGN) sigaction(signal, &interrupt, nullptr);
    }
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, nullptr);
}

/// Passes on what the core tells, until enough has been told.
class Teller : public reconstruct::Audience {
public:
    Teller(render::Output& output, capture::Symbolizer& symbolizer, std::optional<std::uint64_t> enough)
        : output_(output), symbolizer_(symbolizer), enough_(enough) {}

    void verdict(const model::Verdict& verdict) override {
        if (has_told_enough()) return;
        tally_.count(verdict);
        model::Verdict named = verdict;
        if (named.process) symbolizer_.name(named.process->pid, named.stack);
        if (named.peer) symbolizer_.name(named.peer->process.pid, named.peer->stack);
        output_.verdict(named);
    }
    void lost(const model::LostEvents& lost) override {
        tally_.count(lost);
        output_.lost(lost);
    }

    bool has_told_enough() const { return enough_ && tally_.told() >= *enough_; }
    const Tally& tally() const { return tally_; }

private:
    render::Output& output_;
    capture::Symbolizer& symbolizer_;
    std::optional<std::uint64_t> enough_;
    Tally tally_;
};

/// Of what was asked for and would not have been taken otherwise.
void warn_of_costs(const std::vector<capture::Casting>& castings) {
    for (const capture::Casting& casting : castings)
        if (casting.chosen != nullptr && casting.chosen->opt_in)
            print_error({ExitCode::kOk, fmt::format("--hook {}={}", casting.role->name, casting.chosen->kind),
                         casting.chosen->costs, ""});
}

class Trace {
public:
    Trace(const Options& options, Writer& writer)
        : options_(options),
          screen_(make_screen(options, writer)),
          teller_(*screen_, symbolizer_, options.count),
          core_(options.selection, teller_, {.all = options.all}),
          writer_(writer) {}

    Result<void> run() {
        auto session = capture::Session::attach(
            options_.selection, {.all = options_.all, .reads = options_.reads, .hooks = options_.hooks});
        if (!session) return tl::unexpected(session.error());
        warn_of_costs((*session)->castings());
        for (const Error& note : capture::drop_privileges([&] { return (*session)->can_read_maps(); }))
            print_error(note);
        const std::uint64_t began = capture::monotonic_now_ns();
        screen_->start({.monotonic_ns = began,
                        .realtime_offset_ns = capture::realtime_offset_ns(),
                        .watching = describe(options_.selection),
                        .open_connections = (*session)->open_connections(),
                        .version = kVersion});
        if (auto flushed = writer_.flush(); !flushed) return flushed;
        const std::uint64_t until =
            options_.duration ? began + static_cast<std::uint64_t>(options_.duration->count()) : UINT64_MAX;
        const auto reason = follow(**session, until);
        if (!reason) return tl::unexpected(reason.error());
        if (auto finished = (*session)->finish(sink_); !finished) return finished;
        core_.finish();
        screen_->end(teller_.tally().end(*reason, capture::monotonic_now_ns()));
        return writer_.flush();
    }

private:
    std::optional<model::RunEndReason> reason_to_end(std::uint64_t now, std::uint64_t until) const {
        if (writer_.closed()) return model::RunEndReason::kOutputClosed;
        if (teller_.has_told_enough()) return model::RunEndReason::kCount;
        if (g_interrupted != 0) return model::RunEndReason::kInterrupted;
        if (now >= until) return model::RunEndReason::kDuration;
        return std::nullopt;
    }

    Result<model::RunEndReason> follow(wire::Source& source, std::uint64_t until) {
        while (true) {
            const std::uint64_t now = capture::monotonic_now_ns();
            if (const auto reason = reason_to_end(now, until)) return *reason;
            const std::uint64_t deadline = std::min({now + kGlanceNs, core_.next_due_ns(), until});
            if (auto read = source.read(sink_, deadline); !read) return tl::unexpected(read.error());
            screen_->flush(capture::monotonic_now_ns());
            if (auto flushed = writer_.flush(); !flushed) return tl::unexpected(flushed.error());
        }
    }

    const Options& options_;
    std::unique_ptr<render::Output> screen_;
    capture::Symbolizer symbolizer_;
    Teller teller_;
    reconstruct::Reconstruction core_;
    Writer& writer_;
    wire::FrameSink sink_ = [this](wire::Frame frame) {
        auto event = wire::decode(frame);
        if (!event) return;
        if (const auto* known = std::get_if<model::ProcessKnown>(&*event)) symbolizer_.learn(*known);
        core_.feed(std::move(*event));
    };
};

} // namespace

Result<void> trace(const Options& options) {
    // In this order, so that a run that cannot be leaves no trace: not even an emptied output file.
    for (const auto& checked : {capture::check_lists(options.selection), capture::check_privilege(),
                                capture::check_btf(), check_processes(options.selection)})
        if (!checked) return checked;
    auto writer = Writer::open(options.output);
    if (!writer) return tl::unexpected(writer.error());
    handle_signals();
    return Trace(options, *writer).run();
}

} // namespace tcpblame::cli
