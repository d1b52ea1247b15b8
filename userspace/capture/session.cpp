#include "capture/session.hpp"

#include "bpf/wire.h"
#include "capture/capabilities.hpp"
#include "capture/config.hpp"
#include "capture/existing_sockets.hpp"
#include "capture/hooks.hpp"
#include "capture/process_facts.hpp"
#include "capture/ring_source.hpp"
#include "capture/skipped_runs.hpp"
#include "tcpblame.skel.h"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace tcpblame::capture {
namespace {

struct DestroySkeleton {
    void operator()(tcpblame_bpf* skeleton) const { tcpblame_bpf::destroy(skeleton); }
};
using Skeleton = std::unique_ptr<tcpblame_bpf, DestroySkeleton>;

std::uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

std::string& libbpf_said() {
    static std::string said;
    return said;
}

/// libbpf's first warning is the why of our error message; the rest of its log is for its developers.
int keep_first_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN || !libbpf_said().empty()) return 0;
    std::array<char, 512> line{};
    const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
    libbpf_said() = line.data();
    while (!libbpf_said().empty() && libbpf_said().back() == '\n') libbpf_said().pop_back();
    return length;
}

std::vector<std::uint64_t> made_by_cpu(const tcpblame_bpf& skeleton) {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus <= 0) return {};
    struct Books {
        std::uint64_t made, lost;
    };
    std::vector<Books> books(static_cast<std::size_t>(cpus));
    std::vector<std::uint64_t> made;
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton.maps.books), &zero, books.data()) != 0) return {};
    made.reserve(books.size());
    for (const Books& one : books) made.push_back(one.made);
    return made;
}

/// Not a listener, not the holder of a pipe.
bool is_connection(wire::Frame frame) {
    constexpr std::uint8_t kListen = 10; // include/net/tcp_states.h
    wire_existing event;
    if (frame.size() < sizeof(event)) return false;
    std::memcpy(&event, frame.data(), sizeof(event));
    return event.header.type == WIRE_EXISTING && event.socket.state != kListen;
}

class LiveSession : public Session {
public:
    LiveSession(Skeleton skeleton, std::unique_ptr<RingSource> ring)
        : skeleton_(std::move(skeleton)), ring_(std::move(ring)) {}

    Result<void> read_existing() {
        return read_existing_sockets(skeleton_->progs.on_existing, [this](wire::Frame frame) {
            if (is_connection(frame)) ++open_connections_;
            ring_->inject(frame);
        });
    }

    /// Read now: what a process that dies at once has mapped cannot be asked for later.
    void read_processes(const std::vector<std::uint32_t>& pids) {
        for (const std::uint32_t pid : pids) ring_->inject(wire::encode(read_process(pid, monotonic_now_ns())));
    }

    Result<void> read(const wire::FrameSink& sink, std::uint64_t deadline_ns) override {
        return ring_->read(sink, deadline_ns);
    }

    std::uint64_t open_connections() const override { return open_connections_; }

    Result<void> finish(const wire::FrameSink& sink) override {
        const std::uint64_t missed = skipped_runs(*skeleton_);
        tcpblame_bpf::detach(skeleton_.get());
        if (auto drained = ring_->read(sink, 0); !drained) return drained;
        ring_->finish(sink, made_by_cpu(*skeleton_), missed);
        return {};
    }

private:
    Skeleton skeleton_;
    std::unique_ptr<RingSource> ring_;
    std::uint64_t open_connections_ = 0;
};

/// The processes asked for, and those that have come from them already.
void follow_families(const tcpblame_bpf& skeleton, const std::vector<std::uint32_t>& pids) {
    const __u8 yes = 1;
    for (const std::uint32_t pid : with_descendants(pids))
        bpf_map_update_elem(bpf_map__fd(skeleton.maps.family), &pid, &yes, BPF_ANY);
}

tl::unexpected<Error> cannot_load(int error) {
    const bool denied = error == EPERM || error == EACCES;
    return fail(denied ? ExitCode::kPrivilege : ExitCode::kKernelCannot, "the kernel refused a BPF program",
                fmt::format("{} ({})", std::strerror(error), libbpf_said()),
                denied ? "check that the kernel is not locked down (cat /sys/kernel/security/lockdown) and that "
                         "this process has CAP_BPF and CAP_PERFMON"
                       : "please report this with the output of uname -r");
}

} // namespace

std::uint64_t monotonic_now_ns() { return clock_ns(CLOCK_MONOTONIC); }

std::int64_t realtime_offset_ns() {
    return static_cast<std::int64_t>(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC));
}

Result<std::unique_ptr<Session>> Session::attach(const model::Selection& selection, const SessionOptions& options) {
    for (const auto& checked : {check_lists(selection), check_privilege(), check_btf()})
        if (!checked) return tl::unexpected(checked.error());
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(keep_first_warning);
    const auto names = read_kernel_names();
    if (!names) return tl::unexpected(names.error());
    const auto constants = make_config(selection, *names, {.all = options.all, .ring_bytes = options.ring_bytes});
    if (!constants) return tl::unexpected(constants.error());

    Skeleton skeleton(tcpblame_bpf::open());
    if (!skeleton) return cannot_load(errno);
    skeleton->rodata->config = *constants;
    bpf_map__set_max_entries(skeleton->maps.ring, static_cast<__u32>(options.ring_bytes));
    if (!selection.by_process() && selection.netns.empty()) bpf_map__set_max_entries(skeleton->maps.flows, 1);
    bpf_program__set_autoload(skeleton->progs.on_fork, selection.follow);
    bpf_program__set_autoload(skeleton->progs.on_receive, options.reads);
    if (const int error = tcpblame_bpf::load(skeleton.get()); error != 0) return cannot_load(-error);

    auto ring = RingSource::open(bpf_map__fd(skeleton->maps.ring));
    if (!ring) return tl::unexpected(ring.error());
    if (selection.follow) follow_families(*skeleton, selection.pids);
    if (auto attached = attach_hooks(*skeleton); !attached) return tl::unexpected(attached.error());
    auto session = std::make_unique<LiveSession>(std::move(skeleton), std::move(*ring));
    if (auto existing = session->read_existing(); !existing) return tl::unexpected(existing.error());
    session->read_processes(selection.pids);
    return session;
}

} // namespace tcpblame::capture
