#include "capture/ring_source.hpp"

#include "bpf/cpu_state.h"
#include "bpf/wire.h"

#include <algorithm>
#include <array>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/epoll.h>
#include <utility>

namespace tcpblame::capture {
namespace {

/// One read ends after so many, though more may be coming: verdicts wait for the time to pass.
constexpr std::size_t kMaxFramesPerRead = 65536;
constexpr int kStopReading = -ECANCELED;

/// A task of which it is of use to know what /proc says.
struct Interest {
    wire_task task;
    bool in_passing; ///< it ended a connection: only if that breaks a write will it matter
    bool long_ago;   ///< its pid may be another's by now
};

std::optional<Interest> interest_of(const wire_header& header, wire::Frame frame) {
    std::size_t task_at = 0;
    bool in_passing = false;
    const bool long_ago = header.type == WIRE_STATE && frame.size() >= sizeof(wire_kept);
    switch (header.type) {
    case WIRE_SEND: task_at = offsetof(wire_send, task); break;
    case WIRE_SIGPIPE: task_at = offsetof(wire_sigpipe, task); break;
    case WIRE_PEER:
    case WIRE_EXISTING: task_at = offsetof(wire_existing, task); break;
    case WIRE_STATE: {
        if (frame.size() < sizeof(wire_state)) return std::nullopt;
        const bool is_act = frame.size() >= sizeof(wire_act);
        in_passing = model::TcpState{std::to_integer<std::uint8_t>(frame[offsetof(wire_state, new_state)])} !=
                     model::TcpState::kListen;
        if (in_passing && !is_act) return std::nullopt;
        task_at = offsetof(wire_state, task);
        break;
    }
    default: return std::nullopt;
    }
    Interest interest{{}, in_passing, long_ago};
    if (frame.size() < task_at + sizeof(interest.task)) return std::nullopt;
    std::memcpy(&interest.task, frame.data() + task_at, sizeof(interest.task));
    if (in_passing && (interest.task.flags & WIRE_TASK_EXITING) != 0) return std::nullopt; // its memory is gone already
    return interest;
}

} // namespace

void RingSource::FreeRing::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

Result<std::unique_ptr<RingSource>> RingSource::open(int ring_map_fd, std::uint32_t* wake_pending) {
    auto source = std::make_unique<RingSource>();
    source->wake_pending_ = wake_pending;
    source->ring_.reset(ring_buffer__new(ring_map_fd, on_sample, source.get(), nullptr));
    if (!source->ring_)
        return fail(ExitCode::kFailure, "cannot map the ring buffer", std::strerror(errno),
                    "check the memory limit (ulimit -l, and the cgroup's)");
    return source;
}

void RingSource::inject(wire::Frame frame) { injected_.emplace_back(frame.begin(), frame.end()); }

int RingSource::on_sample(void* context, void* data, std::size_t size) {
    auto& self = *static_cast<RingSource*>(context);
    try {
        self.hand_over({static_cast<const std::byte*>(data), size});
    } catch (...) { // not through libbpf's frames, which are C: the ring would not know that this one is read
        self.thrown_ = std::current_exception();
        return kStopReading;
    }
    return ++self.read_count_ >= kMaxFramesPerRead ? kStopReading : 0;
}

void RingSource::hand_over(wire::Frame frame) {
    wire_header header;
    std::memcpy(&header, frame.data(), sizeof(header));
    if (header.type == WIRE_USER_STACK) {
        stacks_.keep(frame);
        return;
    }
    if (header.sequence != 0) ++seen_;
    ledger_.enter(header.cpu, header.sequence, header.time_ns);
    newest_ns_ = std::max<std::uint64_t>(newest_ns_, header.time_ns);
    // Before the event itself, so that a verdict finds what /proc said.
    if (const auto interest = interest_of(header, frame)) {
        if (!interest->long_ago) look_up(interest->task, interest->in_passing);
        look_up_cgroup(interest->task);
    }
    if (const auto stack = stacks_.take_for(frame))
        sink_->take(frame, *stack);
    else
        sink_->take(frame);
}

void RingSource::look_up(const wire_task& task, bool in_passing) {
    const std::uint64_t now = monotonic_now_ns();
    const std::string_view name(task.name, strnlen(task.name, sizeof(task.name)));
    const auto due = in_passing ? processes_.due_in_passing(task.pid, name, now) : processes_.due(task.pid, name, now);
    if (task.pid != 0 && due != ProcessFacts::Due::kNo) {
        model::ProcessKnown known = read_process(task.pid, name, now, argv_);
        known.container = containers_.of(known.cgroup, now);
        known.is_another = due == ProcessFacts::Due::kAnother;
        sink_->take(std::move(known));
    }
}

void RingSource::look_up_cgroup(const wire_task& task) {
    if (task.cgroup != 0 && reported_cgroups_.insert(task.cgroup).second) report_cgroup(task.cgroup);
}

void RingSource::report_cgroup(std::uint64_t id) {
    const std::string& path = cgroups_.path_of(id);
    sink_->take(model::CgroupKnown{id, path, containers_.of(path, monotonic_now_ns())});
}

void RingSource::look_at(std::uint32_t pid) {
    const std::uint64_t now = monotonic_now_ns();
    model::ProcessKnown known = read_process(pid, now, argv_);
    known.container = containers_.of(known.cgroup, now);
    inject(std::move(known));
}

void RingSource::watch_acts(std::span<const stack_budget> acts) {
    acts_ = acts;
    acts_seen_.assign(acts.size(), 0);
}

/// What they did is kept in the kernel: when it is sent, because something broke, they may be gone.
void RingSource::look_up_those_who_acted() {
    for (std::size_t i = 0; i < acts_.size(); ++i) {
        const std::uint64_t second = __atomic_load_n(&acts_[i].second, __ATOMIC_ACQUIRE);
        if (std::exchange(acts_seen_[i], second) == second || acts_[i].pid == 0) continue;
        wire_task task{};
        task.pid = acts_[i].pid;
        std::memcpy(task.name, acts_[i].name, sizeof(task.name));
        look_up(task, true);
    }
}

void RingSource::hand_over_losses(const std::vector<model::LostEvents>& losses) {
    for (const model::LostEvents& lost : losses) sink_->take(model::EventsLost{lost});
}

Result<void> RingSource::wake_at(int fd) {
    epoll_event event{};
    event.events = EPOLLIN; // with it the end of a pipe is reported, too
    if (epoll_ctl(ring_buffer__epoll_fd(ring_.get()), EPOLL_CTL_ADD, fd, &event) == 0) return {};
    return fail(ExitCode::kFailure, "cannot wait for what comes from elsewhere", std::strerror(errno));
}

/// A signal ends it early, too: the caller sees what it has asked for.
void RingSource::wait_until(std::uint64_t deadline_ns) {
    const std::uint64_t now = monotonic_now_ns();
    const std::uint64_t wait = deadline_ns > now ? deadline_ns - now : 0;
    const timespec timeout{static_cast<time_t>(wait / 1'000'000'000U), static_cast<long>(wait % 1'000'000'000U)};
    std::array<pollfd, 2> ready{{{ring_buffer__epoll_fd(ring_.get()), POLLIN, 0}, {clock_.fd(), POLLIN, 0}}};
    ppoll(ready.data(), ready.size(), &timeout, nullptr);
}

Result<void> RingSource::read(EventSink& sink, std::uint64_t deadline_ns) {
    sink_ = &sink;
    for (const wire::FrameBytes& frame : std::exchange(injected_, {})) hand_over(frame);
    for (model::LookedUp& event : std::exchange(looked_up_, {})) sink.take(std::move(event));
    wait_until(deadline_ns);
    if (const auto set = clock_.look()) sink.take(*set);
    const std::uint64_t before = monotonic_now_ns();
    read_count_ = 0;
    look_up_those_who_acted();
    if (wake_pending_ != nullptr) __atomic_store_n(wake_pending_, 0, __ATOMIC_SEQ_CST);
    const int got = ring_buffer__consume(ring_.get());
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    if (got < 0 && got != kStopReading)
        return fail(ExitCode::kFailure, "cannot read the ring buffer", std::strerror(-got));
    hand_over_losses(ledger_.settle(before));
    // Everything made before the ring was emptied has come; if it was not emptied, all up to the newest.
    sink.take(model::TimePassed{got == kStopReading ? newest_ns_ : before});
    sink_ = nullptr;
    return {};
}

void RingSource::finish(EventSink& sink, const std::vector<std::uint64_t>& made_by_cpu, std::uint64_t missed_programs) {
    sink_ = &sink;
    hand_over_losses(ledger_.close(made_by_cpu));
    if (missed_programs > 0)
        hand_over_losses({model::LostEvents{
            .count = missed_programs, .cpu = std::nullopt, .after_monotonic_ns = 0, .before_monotonic_ns = 0}});
    sink_ = nullptr;
}

} // namespace tcpblame::capture
