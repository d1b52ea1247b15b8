#include "cli/trace.hpp"

#include "capture/capabilities.hpp"
#include "capture/clock_watch.hpp"
#include "capture/config.hpp"
#include "capture/privileges.hpp"
#include "capture/runtime_environment.hpp"
#include "capture/session.hpp"
#include "capture/symbolizer.hpp"
#include "cli/messages.hpp"
#include "cli/record_notice.hpp"
#include "cli/screen.hpp"
#include "cli/status_line.hpp"
#include "cli/target.hpp"
#include "cli/top/top.hpp"
#include "cli/verdict_publisher.hpp"
#include "cli/version.hpp"
#include "cli/writer.hpp"
#include "model/recorded.hpp"
#include "reconstruct/reconstruction.hpp"
#include "record/interruptible_write.hpp"
#include "record/recorder.hpp"
#include "wire/decoder.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace tcpblame::cli {
namespace {

/// How long the reader sleeps when nothing urgent waits: what is reported late is reported this late at most.
constexpr std::uint64_t kGlanceNs = 100'000'000;

/// Whoever has mistyped a port or a name would wait for ever.
constexpr std::uint64_t kNobodyThereNs = 10'000'000'000;

void on_interrupt(int /*signal*/) { record::ask_to_end(); }

/// Of a pipe that nobody writes into.
bool has_ended(const UniqueFd& pipe) {
    pollfd end{pipe.get(), POLLIN, 0};
    return poll(&end, 1, 0) > 0;
}

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

/// Of what was asked for and would not have been taken otherwise.
void warn_of_costs(const std::vector<capture::Attachment>& attachments) {
    for (const capture::Attachment& attachment : attachments)
        if (attachment.chosen != nullptr && attachment.chosen->opt_in)
            print_error({ExitCode::kOk, fmt::format("--hook {}={}", attachment.role->name, attachment.chosen->kind),
                         attachment.chosen->costs, ""});
}

void warn_of_eviction(std::uint64_t evicted) {
    if (evicted == 0) return;
    print_error({ExitCode::kOk, fmt::format("sockets evicted before their time: {}", evicted),
                 "what is remembered of connections had come to --max-memory",
                 "verdicts that this may concern say so; raise --max-memory, or watch less"});
}

std::vector<std::string> names_of(const std::vector<capture::Attachment>& attachments) {
    std::vector<std::string> names;
    for (const capture::Attachment& attachment : attachments)
        if (attachment.chosen != nullptr)
            names.push_back(fmt::format("{}={}", attachment.role->name, attachment.chosen->attach_point));
    return names;
}

void say_where_it_continues(const Options& options, const record::Recorder& recorder) {
    if (!recorder.continues()) return;
    print_error(
        {ExitCode::kOk, fmt::format("{}.* hold recordings already", options.recording),
         fmt::format("this one goes on in {}", recorder.first_file()),
         fmt::format("to see all of them: tcpblame report {}.*; to begin anew: --overwrite", options.recording)});
}

/// 0, as in a recording that has none, where the kernel gives nothing.
std::uint64_t random_id() {
    std::uint64_t id = 0;
    return getrandom(&id, sizeof(id), GRND_NONBLOCK) == static_cast<ssize_t>(sizeof(id)) ? id : 0;
}

class Trace {
public:
    /// `recorder` and `launcher` may be nullptr.
    Trace(const Options& options, Writer& writer, record::Recorder* recorder, const Launcher* launcher)
        : options_(options),
          launcher_(launcher),
          status_(launcher == nullptr && !options.quiet && !options.top), // of a command, the terminal is the command's
          top_(options.top ? std::make_unique<Top>(options, writer) : nullptr),
          printed_(options.quiet ? make_record_notice(options)
                                 : make_screen(options, writer, std::time(nullptr), &status_)),
          screen_(top_ != nullptr ? *top_ : *printed_),
          publisher_(
              screen_, [this](auto pid, auto& stack) { name(pid, stack); }, options.count),
          writer_(writer),
          recorder_(recorder) {}

    Result<void> run() {
        auto session = capture::Session::attach(options_.selection, {.all = options_.all,
                                                                     .reads = options_.reads,
                                                                     .unborn = launcher_ != nullptr,
                                                                     .ring_bytes = options_.ring_bytes,
                                                                     .max_memory = options_.max_memory,
                                                                     .hooks = options_.hooks});
        if (!session) return tl::unexpected(session.error());
        core_.emplace(options_.selection, publisher_,
                      reconstruct::ReconstructionOptions{.all = options_.all,
                                                         .max_memory = options_.max_memory,
                                                         .sees_every_reset = (*session)->sees_every_reset()});
        warn_of_costs((*session)->attachments());
        for (const Error& note : capture::drop_privileges([&] { return (*session)->can_read_maps(); }))
            print_error(note);
        const std::uint64_t began = capture::monotonic_now_ns();
        utsname host{};
        uname(&host);
        const model::RunStart start{.monotonic_ns = began,
                                    .realtime_offset_ns = capture::realtime_offset_ns(),
                                    .watching = describe(options_.selection),
                                    .open_connections = (*session)->open_connections(),
                                    .version = kVersion,
                                    .host = host.nodename,
                                    .kernel = fmt::format("{} {}", host.release, host.machine),
                                    .limits = capture::naming_limits()};
        if (auto recorded = record_start(start, (*session)->attachments()); !recorded) return recorded;
        if (options_.format != Format::kJsonLines) print_limits(start.limits);
        screen_.start(start);
        if (auto flushed = writer_.flush(); !flushed) return flushed;
        if (auto begun = let_the_command_begin(**session); !begun) return begun;
        if (auto entered = enter_top(**session); !entered) return entered;
        const std::uint64_t until =
            options_.duration ? began + static_cast<std::uint64_t>(options_.duration->count()) : UINT64_MAX;
        const auto reason = follow(**session, start, until);
        status_.hide();
        if (top_ != nullptr) top_->leave();
        if (!reason) return tl::unexpected(reason.error());
        const auto events = (*session)->finish(sink_);
        if (!events) return tl::unexpected(events.error());
        const std::uint64_t ended = capture::monotonic_now_ns();
        if (recorder_ != nullptr) recorder_->put(wire::encode(model::RecordedEnd{ended, *reason, *events}));
        core_->finish();
        // What it says is reported all the same where the recording cannot be finished.
        Result<void> recorded = recorder_ != nullptr ? recorder_->finish() : Result<void>{};
        model::RunEnd end = publisher_.tally().end(*reason, ended, *events);
        end.evicted = core_->evicted();
        warn_of_eviction(end.evicted);
        screen_.end(end);
        if (auto finished = writer_.finish(); !finished) return finished;
        return recorded;
    }

private:
    Result<void> let_the_command_begin(capture::Session& session) const {
        if (launcher_ == nullptr) return {};
        if (auto wakes = session.wake_at(launcher_->command_lives.get()); !wakes) return wakes;
        constexpr char kAttached = 1;
        if (write(launcher_->attached.get(), &kAttached, sizeof(kAttached)) == sizeof(kAttached)) return {};
        return fail(ExitCode::kFailure, "cannot start the command", std::strerror(errno));
    }

    Result<void> enter_top(capture::Session& session) const {
        if (top_ == nullptr) return {};
        if (auto wakes = session.wake_at(STDIN_FILENO); !wakes) return wakes; // keys are not to wait for events
        return top_->enter();
    }

    Result<void> record_start(const model::RunStart& start, const std::vector<capture::Attachment>& attachments) {
        if (recorder_ == nullptr) return {};
        return recorder_->begin({.start = start,
                                 .selection = options_.selection,
                                 .all = options_.all,
                                 .count = options_.count,
                                 .host = start.host,
                                 .kernel = start.kernel,
                                 .hooks = names_of(attachments),
                                 .id = random_id(),
                                 .max_memory = options_.max_memory});
    }

    /// What it finds is kept: elsewhere, or later, it could not be found again.
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack) {
        model::NamedStack named;
        if (recorder_ != nullptr) named.key = model::stack_key(pid, stack);
        symbolizer_.name(pid, stack);
        if (recorder_ == nullptr) return;
        named.frames = stack;
        recorder_->put(wire::encode(named));
    }

    bool output_closed() const { return writer_.closed() || (recorder_ != nullptr && recorder_->closed()); }

    std::optional<model::RunEndReason> reason_to_end(std::uint64_t now, std::uint64_t until) const {
        if (output_closed()) return model::RunEndReason::kOutputClosed;
        if (publisher_.has_reported_enough()) return model::RunEndReason::kCount;
        if (record::is_asked_to_end()) return model::RunEndReason::kInterrupted;
        if (launcher_ != nullptr && has_ended(launcher_->command_lives)) return model::RunEndReason::kCommandEnded;
        if (now >= until) return model::RunEndReason::kDuration;
        return std::nullopt;
    }

    void say_if_nobody_is_there(capture::Session& session) {
        if (met_target_ || session.has_sockets()) return;
        const Error note{ExitCode::kOk, fmt::format("nothing to watch so far ({})", describe(options_.selection)),
                         fmt::format("in {} s no process had such a TCP socket, neither listening nor connected",
                                     kNobodyThereNs / 1'000'000'000),
                         "see who has which with: ss -tanp; it goes on waiting"};
        if (top_ != nullptr) return top_->note(note);
        status_.hide();
        print_error(note);
    }

    Result<model::RunEndReason> follow(capture::Session& source, const model::RunStart& start, std::uint64_t until) {
        const bool may_be_mistyped = options_.selection.by_port() || !options_.selection.comms.empty();
        std::uint64_t look_again = may_be_mistyped ? start.monotonic_ns + kNobodyThereNs : UINT64_MAX;
        while (true) {
            const std::uint64_t now = capture::monotonic_now_ns();
            if (const auto reason = reason_to_end(now, until)) return *reason;
            if (now >= look_again) {
                say_if_nobody_is_there(source);
                look_again = UINT64_MAX;
            }
            status_.show(start, publisher_.tally(), now);
            if (top_ != nullptr && !top_->attend(publisher_.tally(), now)) return model::RunEndReason::kInterrupted;
            const std::uint64_t deadline = std::min({now + kGlanceNs, core_->next_due_ns(), until});
            if (auto read = source.read(sink_, deadline); !read) return tl::unexpected(read.error());
            if (auto found = source.find_sockets(core_->take_peers_asked_for()); !found)
                return tl::unexpected(found.error());
            if (recorder_ != nullptr)
                if (auto kept = recorder_->pass_time(passed_ns_); !kept) return tl::unexpected(kept.error());
            if (auto flushed = writer_.flush(); !flushed) return tl::unexpected(flushed.error());
        }
    }

    const Options& options_;
    const Launcher* launcher_;
    StatusLine status_;
    std::unique_ptr<Top> top_; ///< nullptr: what is reported is printed
    std::unique_ptr<render::Output> printed_;
    render::Output& screen_;
    capture::Symbolizer symbolizer_;
    VerdictPublisher publisher_;
    std::optional<reconstruct::Reconstruction> core_; ///< from the attach on
    Writer& writer_;
    record::Recorder* recorder_;
    std::uint64_t passed_ns_ = 0;
    bool met_target_ = false; ///< something of what is asked for was seen
    wire::FrameSink sink_ = [this](wire::Frame frame) {
        if (recorder_ != nullptr) recorder_->put(frame);
        auto event = wire::decode(frame);
        if (!event) return;
        if (const auto* known = std::get_if<model::ProcessKnown>(&*event)) symbolizer_.learn(*known);
        const auto* passed = std::get_if<model::TimePassed>(&*event);
        const bool is_time = passed != nullptr;
        met_target_ = met_target_ || is_of_target(options_.selection, *event);
        if (is_time) passed_ns_ = passed->now_ns;
        core_->feed(std::move(*event));
        if (is_time) screen_.flush(passed_ns_); // by the events' clock: so a recording is shown the same
    };
};

} // namespace

Result<void> trace(const Options& options, const Launcher* launcher) {
    // In this order, so that a run that cannot be leaves no trace: not even an emptied output file.
    for (const auto& checked : {capture::check_lists(options.selection), capture::check_privilege(),
                                capture::check_btf(), check_processes(options.selection)})
        if (!checked) return checked;
    auto writer = Writer::open(options.output, launcher == nullptr ? STDOUT_FILENO : STDERR_FILENO, options.earlier);
    if (!writer) return tl::unexpected(writer.error());
    std::unique_ptr<record::Recorder> recorder;
    if (!options.recording.empty()) {
        auto created = record::Recorder::create(options.recording, options.rotation, options.earlier);
        if (!created) return tl::unexpected(created.error());
        recorder = std::move(*created);
        say_where_it_continues(options, *recorder);
    }
    handle_signals();
    return Trace(options, *writer, recorder.get(), launcher).run();
}

} // namespace tcpblame::cli
