#include "capture/session.hpp"

#include "base/unique_fd.hpp"
#include "bpf/wire.h"
#include "capture/attach.hpp"
#include "capture/capabilities.hpp"
#include "capture/clock_watch.hpp"
#include "capture/config.hpp"
#include "capture/existing_sockets.hpp"
#include "capture/kernel_names.hpp"
#include "capture/process_facts.hpp"
#include "capture/ring_source.hpp"
#include "capture/skipped_runs.hpp"
#include "capture/socket_search.hpp"
#include "tcpblame.skel.h"

#include <algorithm>
#include <bit>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tcpblame::capture {
namespace {

std::vector<std::uint64_t> made_by_cpu(const tcpblame_bpf& skeleton) {
    const auto cpus = static_cast<std::size_t>(std::clamp(libbpf_num_possible_cpus(), 0, CPUS_MAX));
    std::vector<std::uint64_t> made;
    made.reserve(cpus);
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) made.push_back(skeleton.bss->cpu_state[cpu].made);
    return made;
}

bool is_socket(wire::Frame frame) {
    wire_header header;
    if (frame.size() < sizeof(header)) return false;
    std::memcpy(&header, frame.data(), sizeof(header));
    return header.type == WIRE_EXISTING;
}

/// The cookie of a connection; not of a listener, nor of the holder of a pipe. Each process that holds it is reported
/// apart.
std::optional<std::uint64_t> connection_in(wire::Frame frame) {
    wire_existing event;
    if (frame.size() < sizeof(event)) return std::nullopt;
    std::memcpy(&event, frame.data(), sizeof(event));
    if (event.header.type != WIRE_EXISTING || model::TcpState{event.socket.state} == model::TcpState::kListen)
        return std::nullopt;
    return event.socket.cookie;
}

class LiveSession : public Session {
public:
    LiveSession(Attached attached, std::unique_ptr<RingSource> ring)
        : skeleton_(std::move(attached.skeleton)),
          attachments_(std::move(attached.attachments)),
          ring_(std::move(ring)) {}

    Result<void> read_existing() {
        const auto files = open_existing_sockets(skeleton_->links.on_existing);
        if (!files) return tl::unexpected(files.error());
        std::unordered_set<std::uint64_t> open;
        auto read = read_existing_sockets(*files, [&](wire::Frame frame) {
            if (const auto cookie = connection_in(frame)) open.insert(*cookie);
            has_sockets_ = has_sockets_ || is_socket(frame);
            ring_->inject(frame);
        });
        open_connections_ = open.size();
        if (auto prepared = search_.prepare(skeleton_->links.on_existing); !prepared) return prepared;
        if (!read || has_sockets_) return read;
        // Now, as creating one takes a privilege.
        auto later = open_existing_sockets(skeleton_->links.on_existing);
        if (!later) return tl::unexpected(later.error());
        files_later_ = std::move(*later);
        return {};
    }

    bool has_sockets() override {
        if (has_sockets_) return true;
        const UniqueFd files = std::move(files_later_);
        const auto read =
            read_existing_sockets(files, [&](wire::Frame frame) { has_sockets_ = has_sockets_ || is_socket(frame); });
        return !read || has_sockets_; // where it cannot be known, nothing is claimed
    }

    /// Read now: what a process that dies at once has mapped cannot be asked for later.
    void read_processes(const std::vector<std::uint32_t>& pids) {
        for (const std::uint32_t pid : pids) ring_->look_at(pid);
    }

    Result<void> read(EventSink& sink, std::uint64_t deadline_ns) override { return ring_->read(sink, deadline_ns); }

    Result<void> find_sockets(const std::vector<model::WantedPeer>& peers) override {
        return search_.run(peers, skeleton_->bss->peer_search, [this](wire::Frame frame) { ring_->inject(frame); });
    }

    [[nodiscard]] bool sees_every_reset() const override {
        return std::any_of(attachments_.begin(), attachments_.end(), [](const Attachment& attachment) {
            return attachment.chosen != nullptr && std::string_view(attachment.role->name) == "rst-sent-without-socket";
        });
    }

    Result<void> wake_at(int fd) override { return ring_->wake_at(fd); }

    [[nodiscard]] const std::vector<Attachment>& attachments() const override { return attachments_; }

    [[nodiscard]] std::uint64_t open_connections() const override { return open_connections_; }

    [[nodiscard]] bool can_read_maps() const override { return can_read_counts(*skeleton_, attachments_); }

    Result<std::optional<model::EventCounters>> finish(EventSink& sink) override {
        const std::uint64_t missed = skipped_runs(*skeleton_, attachments_);
        tcpblame_bpf::detach(skeleton_.get());
        if (auto drained = ring_->read(sink, 0); !drained) return tl::unexpected(drained.error());
        const std::vector<std::uint64_t> made = made_by_cpu(*skeleton_);
        ring_->finish(sink, made, missed);
        return model::EventCounters{std::accumulate(made.begin(), made.end(), std::uint64_t{0}), ring_->seen()};
    }

private:
    Skeleton skeleton_;
    std::vector<Attachment> attachments_;
    std::unique_ptr<RingSource> ring_;
    std::uint64_t open_connections_ = 0;
    bool has_sockets_ = false;
    UniqueFd files_later_; ///< an iterator that was not read
    SocketSearch search_;
};

/// Those that have a thread of a name that is asked for: any of their threads may do what it will be reported with.
void watch_processes_of_threads(const tcpblame_bpf& skeleton, const std::vector<std::string>& names) {
    const __u8 yes = 1;
    for (const std::uint32_t pid : with_threads_named(names))
        bpf_map_update_elem(bpf_map__fd(skeleton.maps.family), &pid, &yes, BPF_ANY);
}

/// The processes asked for, and those that have come from them already.
void follow_families(const tcpblame_bpf& skeleton, const std::vector<std::uint32_t>& pids) {
    const __u8 yes = 1;
    for (const std::uint32_t pid : with_descendants(pids))
        bpf_map_update_elem(bpf_map__fd(skeleton.maps.family), &pid, &yes, BPF_ANY);
}

/// What the programs keep themselves, of `max_memory`.
constexpr std::uint64_t kUsualMemory = std::uint64_t{512} << 20;
constexpr std::uint64_t kPartKept = 64;    ///< of it, for the ends of connections: 8 MiB usually
constexpr std::uint64_t kPartNoted = 256;  ///< for what is noted of sockets: 2 MiB
constexpr std::uint32_t kFewestPlaces = 8; ///< sets, and places
constexpr std::uint32_t kMostPlaces = 1U << 20;

/// A power of two: so many of that size go into so much memory.
std::uint32_t places_in(std::uint64_t bytes, std::uint64_t size) {
    return std::bit_floor(
        static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bytes / size, kFewestPlaces, kMostPlaces)));
}

Wishes wishes_of(const SessionOptions& options) {
    const std::uint64_t memory = options.max_memory != 0 ? options.max_memory : kUsualMemory;
    return {.all = options.all,
            .unanswered = options.unanswered,
            .samples = options.records,
            .stacks = options.stacks,
            .ring_bytes = options.ring_bytes,
            .sk_slots = places_in(memory / kPartNoted, KEPT_SK_SLOT_BYTES),
            .kept_sets = places_in(memory / kPartKept, std::uint64_t{KEPT_SET_BYTES})};
}

/// A map takes memory for all that it might hold, or for the buckets of that: those that nobody asks get one entry.
void size_maps(const tcpblame_bpf& skeleton, const model::Selection& selection, const KernelNames& names,
               const config& constants) {
    const auto leave_out = [](bpf_map* map) { bpf_map__set_max_entries(map, 1); };
    if (!selection.by_process() && selection.netns.empty()) leave_out(skeleton.maps.flows);
    if (!selection.by_process()) leave_out(skeleton.maps.listeners);
    if (!selection.follow && selection.comms.empty()) leave_out(skeleton.maps.family);
    if (names.has_socket_storage) leave_out(skeleton.maps.sk_state_by_address);
    bpf_map__set_max_entries(skeleton.maps.sk_slots, names.has_socket_storage ? constants.sk_slots_mask + 1 : 1);
    for (bpf_map* map : {skeleton.maps.kept, skeleton.maps.kept_acts})
        bpf_map__set_max_entries(map, constants.keeps != 0 ? constants.kept_sets_mask + 1 : 1);
}

/// What is asked for decides which hooks are needed.
AttachPlan wishes_of(const model::Selection& selection, const SessionOptions& options, const KernelNames& names) {
    AttachPlan plan{{}, options.hooks, names.reset_has_reason, names.reset_has_packet};
    for (const Hook& role : hooks()) {
        const std::string_view name = role.name;
        if ((name == "fork" && !selection.follow) || (name == "read-failure" && !options.reads)) continue;
        if (name == "rename" && selection.comms.empty()) continue;
        plan.hooks.push_back(&role);
    }
    return plan;
}

} // namespace

Result<std::unique_ptr<Session>> Session::attach(const model::Selection& selection, const SessionOptions& options) {
    for (const auto& checked : {check_lists(selection), check_privilege(), check_btf()})
        if (!checked) return tl::unexpected(checked.error());
    keep_libbpf_quiet();
    const auto types = read_kernel_types();
    if (!types) return tl::unexpected(types.error());
    const KernelNames names = read_kernel_names(types->get());
    const auto constants = make_config(selection, names, wishes_of(options));
    if (!constants) return tl::unexpected(constants.error());

    const auto open = [&]() -> Result<Skeleton> {
        Skeleton skeleton = open_skeleton();
        if (!skeleton)
            return fail(ExitCode::kFailure, "cannot prepare the BPF programs", std::strerror(errno),
                        "please report this with the output of uname -r");
        skeleton->rodata->config = *constants;
        bpf_map__set_max_entries(skeleton->maps.ring, static_cast<__u32>(options.ring_bytes));
        size_maps(*skeleton, selection, names, *constants);
        return skeleton;
    };
    auto attached = attach_hooks(open, wishes_of(selection, options, names), types->get());
    if (!attached) return tl::unexpected(attached.error());
    auto ring = RingSource::open(bpf_map__fd(attached->skeleton->maps.ring), &attached->skeleton->bss->wake_pending);
    if (!ring) return tl::unexpected(ring.error());
    (*ring)->name_processes_by(options.naming);
    (*ring)->watch_acts(attached->skeleton->bss->stack_budgets);
    if (selection.follow) follow_families(*attached->skeleton, selection.pids);
    if (!selection.comms.empty()) watch_processes_of_threads(*attached->skeleton, selection.comms);
    auto session = std::make_unique<LiveSession>(std::move(*attached), std::move(*ring));
    if (auto existing = session->read_existing(); !existing) return tl::unexpected(existing.error());
    if (!options.unborn) session->read_processes(selection.pids);
    return session;
}

} // namespace tcpblame::capture
