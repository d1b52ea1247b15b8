#include "cli/live/loop.hpp"

#include "capture/capabilities.hpp"
#include "capture/clock_watch.hpp"
#include "capture/config.hpp"
#include "capture/privileges.hpp"
#include "capture/runtime_environment.hpp"
#include "capture/session.hpp"
#include "capture/symbolizer.hpp"
#include "cli/embedded.hpp"
#include "cli/live/live_store.hpp"
#include "cli/live/service_manager.hpp"
#include "cli/live/target.hpp"
#include "cli/metrics/metrics_server.hpp"
#include "cli/output/tally.hpp"
#include "cli/output/verdict_quota.hpp"
#include "model/recorded.hpp"
#include "reconstruct/reconstruction.hpp"
#include "record/interruptible_write.hpp"
#include "record/recorder.hpp"
#include "wire/decoder.hpp"
#include "wire/unwound.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <malloc.h>
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

/// Somebody who mistyped a port or a name would wait for ever.
constexpr std::uint64_t kNobodyThereNs = 10'000'000'000;

void on_interrupt(int /*signal*/) { record::ask_to_end(); }

volatile std::sig_atomic_t g_asked_to_reread = 0;
void on_hangup(int /*signal*/) { g_asked_to_reread = 1; }

/// Of a pipe that nobody writes into.
bool has_ended(const UniqueFd& pipe) {
    pollfd end{pipe.get(), POLLIN, 0};
    return poll(&end, 1, 0) > 0;
}

/// Without SA_RESTART, so that a signal ends the wait for events. A reader that goes away ("| head") is
/// seen by the failing write. `rereads`: SIGHUP asks for that, not for an end.
void handle_signals(bool rereads) {
    struct sigaction interrupt {};
    interrupt.sa_handler = on_interrupt;
    struct sigaction hangup {};
    hangup.sa_handler = rereads ? on_hangup : on_interrupt;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before {};
        sigaction(signal, nullptr, &before);
        // nohup, and a shell's "&", have it ignored: that is heeded.
        if (before.sa_handler != SIG_IGN) sigaction(signal, signal == SIGHUP ? &hangup : &interrupt, nullptr);
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

void say_where_it_continues(const RecordingOptions& options, const record::Recorder& recorder) {
    if (!recorder.continues()) return;
    print_error({ExitCode::kOk, fmt::format("{}.* hold recordings already", options.file),
                 fmt::format("this one goes on in {}", recorder.first_file()),
                 fmt::format("to see all of them: tcpblame report {}.*; to begin anew: --overwrite", options.file)});
}

/// 0, as in a recording that has none, where the kernel gives nothing.
std::uint64_t random_id() {
    std::uint64_t id = 0;
    return getrandom(&id, sizeof(id), GRND_NONBLOCK) == static_cast<ssize_t>(sizeof(id)) ? id : 0;
}

/// What a run may have besides; any may be nullptr.
struct Parts {
    record::Recorder* recorder;
    LiveStore* store;
    MetricsServer* metrics;
    const Launcher* launcher;
};

class LiveLoop : private capture::EventSink {
public:
    /// `reread` may be empty.
    LiveLoop(const LiveOptions& options, Writer& writer, LiveView& view, const Parts& parts,
             const std::function<void()>& reread)
        : options_(options),
          selection_(options.watch.selection),
          launcher_(parts.launcher),
          reread_(reread),
          view_(view),
          metrics_(parts.metrics),
          store_(parts.store),
          quota_(view.output(), options.agent.verdicts_per_second),
          counted_(quota_, parts.metrics),
          output_(counted_, parts.store),
          manager_(parts.launcher == nullptr ? ServiceManager::from_environment() : ServiceManager()),
          publisher_(
              output_, [this](auto pid, auto& stack) { name(pid, stack); }, options.watch.count),
          writer_(writer),
          recorder_(parts.recorder) {}

    Result<void> run() {
        auto session = capture::Session::attach(selection_, {.all = options_.watch.all,
                                                             .unanswered = options_.watch.unanswered,
                                                             .records = recorder_ != nullptr,
                                                             .reads = options_.attach.reads,
                                                             .stacks = options_.attach.stacks,
                                                             .unborn = launcher_ != nullptr,
                                                             .ring_bytes = options_.limits.ring_bytes,
                                                             .max_memory = options_.limits.max_memory,
                                                             .naming = options_.naming,
                                                             .hooks = options_.attach.hooks});
        if (!session) return tl::unexpected(session.error());
        core_.emplace(selection_, publisher_,
                      reconstruct::ReconstructionOptions{.all = options_.watch.all,
                                                         .unanswered = options_.watch.unanswered,
                                                         .max_memory = options_.limits.max_memory,
                                                         .sees_every_reset = (*session)->sees_every_reset()});
        warn_of_costs((*session)->attachments());
        malloc_trim(0); // the kernel's types, which the attach has read, are of no use any more
        for (const Error& note : capture::drop_privileges([&] { return (*session)->can_read_maps(); }))
            print_error(note);
        const std::uint64_t began = capture::monotonic_now_ns();
        utsname host{};
        uname(&host);
        const model::RunStart start{.monotonic_ns = began,
                                    .realtime_offset_ns = capture::realtime_offset_ns(),
                                    .watching = describe(selection_),
                                    .open_connections = (*session)->open_connections(),
                                    .version = kVersion,
                                    .host = host.nodename,
                                    .kernel = fmt::format("{} {}", host.release, host.machine),
                                    .limits = capture::naming_limits(),
                                    .boot_id = capture::boot_id(),
                                    .run_id = random_id()};
        if (auto recorded = record_start(start, (*session)->attachments()); !recorded) return recorded;
        if (metrics_ != nullptr) metrics_->start();
        if (store_ != nullptr) store_->start(start);
        view_.start(start);
        manager_.ready(start.watching);
        if (auto flushed = writer_.flush(); !flushed) return flushed;
        if (auto begun = let_the_command_begin(**session); !begun) return begun;
        if (auto entered = enter_view(**session); !entered) return entered;
        const std::uint64_t until = options_.limits.duration
                                        ? began + static_cast<std::uint64_t>(options_.limits.duration->count())
                                        : UINT64_MAX;
        const auto reason = follow(**session, began, until);
        manager_.stopping();
        view_.leave();
        if (!reason) return tl::unexpected(reason.error());
        const auto events = (*session)->finish(*this);
        if (!events) return tl::unexpected(events.error());
        const std::uint64_t ended = capture::monotonic_now_ns();
        if (recorder_ != nullptr) recorder_->put(model::RecordedEnd{ended, *reason, *events});
        core_->finish();
        // What it says is reported all the same where the recording cannot be finished.
        Result<void> recorded = recorder_ != nullptr ? recorder_->finish() : Result<void>{};
        if (store_ != nullptr && recorded) recorded = store_->finish();
        model::RunEnd end = publisher_.tally().end(*reason, ended, *events);
        end.evicted = core_->evicted();
        warn_of_eviction(end.evicted);
        output_.end(end);
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

    Result<void> enter_view(capture::Session& session) const {
        if (const auto input = view_.input())
            if (auto wakes = session.wake_at(*input); !wakes) return wakes;
        return view_.enter();
    }

    Result<void> record_start(const model::RunStart& start, const std::vector<capture::Attachment>& attachments) {
        if (recorder_ == nullptr) return {};
        return recorder_->begin({.start = start,
                                 .selection = selection_,
                                 .all = options_.watch.all,
                                 .count = options_.watch.count,
                                 .host = start.host,
                                 .kernel = start.kernel,
                                 .hooks = names_of(attachments),
                                 .id = start.run_id,
                                 .max_memory = options_.limits.max_memory,
                                 .unanswered = options_.watch.unanswered});
    }

    /// What it finds is kept: elsewhere, or later, it could not be found again.
    void name(std::uint32_t pid, std::vector<model::StackFrame>& stack) {
        model::NamedStack named;
        if (recorder_ != nullptr) named.key = model::stack_key(pid, stack);
        symbolizer_.name(pid, stack);
        if (recorder_ == nullptr) return;
        named.frames = stack;
        recorder_->put(named);
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
        const Error note{ExitCode::kOk, fmt::format("nothing to watch so far ({})", describe(selection_)),
                         fmt::format("in {} s no process had such a TCP socket, neither listening nor connected",
                                     kNobodyThereNs / 1'000'000'000),
                         "see who has which with: ss -tanp; it goes on waiting"};
        view_.note(note);
    }

    Result<model::RunEndReason> follow(capture::Session& source, std::uint64_t began, std::uint64_t until) {
        const bool may_be_mistyped = selection_.by_port() || !selection_.hosts.empty() || !selection_.comms.empty();
        std::uint64_t look_again = may_be_mistyped ? began + kNobodyThereNs : UINT64_MAX;
        while (true) {
            const std::uint64_t now = capture::monotonic_now_ns();
            if (const auto reason = reason_to_end(now, until)) return *reason;
            if (now >= look_again) {
                say_if_nobody_is_there(source);
                look_again = UINT64_MAX;
            }
            if (!view_.attend(publisher_.tally(), now)) return model::RunEndReason::kInterrupted;
            const std::uint64_t deadline = std::min({now + kGlanceNs, core_->next_due_ns(), until});
            if (auto read = source.read(*this, deadline); !read) return tl::unexpected(read.error());
            if (auto found = source.find_sockets(core_->take_peers_asked_for()); !found)
                return tl::unexpected(found.error());
            if (recorder_ != nullptr)
                if (auto kept = recorder_->pass_time(passed_ns_); !kept) return tl::unexpected(kept.error());
            if (metrics_ != nullptr) metrics_->set_evicted(core_->evicted());
            if (store_ != nullptr) store_->attend(view_);
            attend_service(now);
            if (auto flushed = writer_.flush(); !flushed) return tl::unexpected(flushed.error());
        }
    }

    /// What a program or a person asks of one that runs for long.
    void attend_service(std::uint64_t now) {
        manager_.is_alive(now);
        const auto between = static_cast<std::uint64_t>(options_.agent.heartbeat.count());
        if (between != 0 && now >= heartbeat_ns_) {
            if (heartbeat_ns_ != 0) say_that_it_lives(now);
            heartbeat_ns_ = now + between;
        }
        if (g_asked_to_reread == 0) return;
        g_asked_to_reread = 0;
        manager_.reloading(now);
        reread_();
        if (auto reopened = writer_.reopen(); !reopened) view_.note(reopened.error());
        manager_.ready(describe(selection_));
    }

    void say_that_it_lives(std::uint64_t now) {
        model::RunEnd so_far = publisher_.tally().end(model::RunEndReason::kInterrupted, now);
        so_far.evicted = core_->evicted();
        output_.heartbeat(so_far);
    }

    // ── What the session hands over ──

    void take(wire::Frame frame) override {
        if (recorder_ != nullptr) recorder_->put(frame);
        auto event = wire::decode(frame);
        if (!event) return;
        met_target_ = met_target_ || is_of_target(selection_, *event);
        core_->feed(std::move(*event));
    }

    void take(wire::Frame frame, const capture::StackCopy& stack) override {
        take(wire::with_unwound(frame, symbolizer_.unwind(stack)));
    }

    void take(model::LookedUp event) override {
        if (recorder_ != nullptr) recorder_->put(event);
        std::visit([this](auto& one) { use(std::move(one)); }, event);
    }

    template <typename LookedUp>
    void use(LookedUp event) {
        core_->feed(std::move(event));
    }
    void use(model::ProcessKnown known) {
        symbolizer_.learn(known);
        core_->feed(std::move(known));
    }
    void use(model::TimePassed passed) {
        passed_ns_ = passed.now_ns;
        core_->feed(passed);
        output_.flush(passed_ns_); // by the events' clock: so a recording is shown the same
    }

    const LiveOptions& options_;
    const model::Selection& selection_;
    const Launcher* launcher_;
    const std::function<void()>& reread_;
    LiveView& view_;
    MetricsServer* metrics_;
    LiveStore* store_;
    VerdictQuota quota_;
    CountedOutput counted_;
    StoredOutput output_;
    ServiceManager manager_; ///< of `run`, the manager is its command's
    capture::Symbolizer symbolizer_;
    VerdictPublisher publisher_;
    std::optional<reconstruct::Reconstruction> core_; ///< from the attach on
    Writer& writer_;
    record::Recorder* recorder_;
    std::uint64_t passed_ns_ = 0;
    std::uint64_t heartbeat_ns_ = 0; ///< when the next is due
    bool met_target_ = false;        ///< something of what is asked for was seen
};

} // namespace

Result<void> run_live(const LiveOptions& options, const OutputFile& output, const ViewMaker& make_view,
                      const Launcher* launcher, const std::function<void()>& reread) {
    const model::Selection& selection = options.watch.selection;
    // In this order, so that a run that cannot be leaves no trace: not even an emptied output file.
    for (const auto& checked : {capture::check_lists(selection), capture::check_privilege(), capture::check_btf(),
                                check_processes(selection)})
        if (!checked) return checked;
    std::unique_ptr<MetricsServer> metrics;
    if (options.metrics.address) {
        auto listening = MetricsServer::listen(*options.metrics.address, options.metrics.names);
        if (!listening) return tl::unexpected(listening.error());
        metrics = std::move(*listening);
    }
    auto writer = Writer::open(output.name, output.standard_fd, output.earlier);
    if (!writer) return tl::unexpected(writer.error());
    std::unique_ptr<record::Recorder> recorder;
    const RecordingOptions& recording = options.recording;
    if (!recording.file.empty()) {
        auto created = record::Recorder::create(recording.file, recording.rotation, recording.earlier);
        if (!created) return tl::unexpected(created.error());
        recorder = std::move(*created);
        say_where_it_continues(recording, *recorder);
    }
    auto store = LiveStore::open(options.store, recorder);
    if (!store) return tl::unexpected(store.error());
    handle_signals(static_cast<bool>(reread));
    const std::unique_ptr<LiveView> view = make_view(*writer);
    const Parts parts{recorder.get(), store->get(), metrics.get(), launcher};
    return LiveLoop(options, *writer, *view, parts, reread).run();
}

} // namespace tcpblame::cli
