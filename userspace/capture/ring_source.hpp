/// Events from the BPF ring buffer, joined by what only userspace can report: the time, losses, /proc.
#pragma once

#include "base/result.hpp"
#include "capture/cgroups.hpp"
#include "capture/clock_watch.hpp"
#include "capture/container_names.hpp"
#include "capture/event_sink.hpp"
#include "capture/naming_options.hpp"
#include "capture/process_facts.hpp"
#include "capture/stack_copy.hpp"
#include "wire/frame.hpp"
#include "wire/loss_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

struct ring_buffer;
struct stack_budget;
struct wire_task;

namespace tcpblame::capture {

class RingSource {
public:
    /// `wake_pending`: what the programs set when they wake the reader (bpf/emit.bpf.h); nullptr: there are none.
    static Result<std::unique_ptr<RingSource>> open(int ring_map_fd, std::uint32_t* wake_pending = nullptr);

    /// What else is looked up of a process; before the first read.
    void name_processes_by(NamingOptions options) {
        argv_ = options.argv ? Argv::kRead : Argv::kLeaveOut;
        containers_ = ContainerNamesCache(std::move(options.runtime_roots));
    }

    /// With the next read, what /proc says of a process now.
    void look_at(std::uint32_t pid);

    /// Where the programs note whose stacks they took: those processes are looked at with the next read.
    void watch_acts(std::span<const stack_budget> acts);

    /// A frame that came another way; handed over at the next read, before the ring's.
    void inject(wire::Frame frame);
    void inject(model::LookedUp event) { looked_up_.push_back(std::move(event)); } ///< behind the frames

    /// Ends each wait from when there is something to read, or the end, in a pipe or a terminal.
    Result<void> wake_at(int fd);

    /// As Session::read. What the sink throws ends it, and the next one goes on behind that frame.
    Result<void> read(EventSink& sink, std::uint64_t deadline_ns);

    /// The losses that show only at the end, by the kernel's own counts.
    void finish(EventSink& sink, const std::vector<std::uint64_t>& made_by_cpu, std::uint64_t missed_programs);

    /// How many events came, of those that the kernel counts.
    std::uint64_t seen() const { return seen_; }

private:
    struct FreeRing {
        void operator()(ring_buffer* ring) const;
    };

    static int on_sample(void* context, void* data, std::size_t size);
    void hand_over(wire::Frame frame);
    void look_up(const wire_task& task, bool in_passing);
    void look_up_cgroup(const wire_task& task);
    void report_cgroup(std::uint64_t id);
    void look_up_those_who_acted();
    void hand_over_losses(const std::vector<model::LostEvents>& losses);
    void wait_until(std::uint64_t deadline_ns);

    std::unique_ptr<ring_buffer, FreeRing> ring_;
    std::uint32_t* wake_pending_ = nullptr;
    std::vector<wire::FrameBytes> injected_;
    std::vector<model::LookedUp> looked_up_;
    wire::LossLedger ledger_;
    ProcessFacts processes_;
    StackCopies stacks_;
    std::span<const stack_budget> acts_;
    std::vector<std::uint64_t> acts_seen_; ///< the second of each
    CgroupNames cgroups_;
    ContainerNamesCache containers_;
    Argv argv_ = Argv::kRead;
    ClockWatch clock_;
    std::unordered_set<std::uint64_t> reported_cgroups_;
    EventSink* sink_ = nullptr; ///< during read()
    std::exception_ptr thrown_; ///< by a frame of the ring, during read()
    std::size_t read_count_ = 0;
    std::uint64_t seen_ = 0;
    std::uint64_t newest_ns_ = 0;
};

} // namespace tcpblame::capture
