#include "record/carry_over.hpp"

#include "bpf/wire.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <variant>

namespace tcpblame::record {
namespace {

/// How much is heard of a connection before its end is a few frames; of one that goes on and on, the first and the
/// last ones count.
constexpr std::size_t kMostFrames = 32;
constexpr std::size_t kFirstFrames = 8;
constexpr std::size_t kMostProcesses = 4096;

template <typename T>
std::optional<T> view(wire::Frame frame) {
    T value;
    if (frame.size() < sizeof(value)) return std::nullopt;
    std::memcpy(&value, frame.data(), sizeof(value));
    return value;
}

struct SocketFrame {
    wire_header header;
    wire_socket socket;
};

/// It is closed, and nobody holds it: nothing can fail on it any more.
bool is_over(wire::Frame frame) {
    constexpr std::uint8_t kClose = 7; // include/net/tcp_states.h
    const auto state = view<wire_state>(frame);
    return state && state->new_state == kClose &&
           ((state->socket.flags & WIRE_SOCKET_DEAD) != 0 || (state->flags & WIRE_STATE_LAST_CLOSE) != 0);
}

/// A failed write was reported when it came; what it failed for is in the other frames.
bool has_failed(wire::Frame frame) {
    const auto send = view<wire_send>(frame);
    return !send || send->result < 0;
}

/// As the core has it: of a process that is going, what it reported before stays true.
bool reports_anything(const model::ProcessKnown& known) {
    return known.is_another || !known.exe.empty() || !known.mappings.empty();
}

} // namespace

void CarryOver::observe(wire::Frame frame) {
    const auto header = view<wire_header>(frame);
    if (!header) return;
    ++arrivals_;
    const auto socket = view<SocketFrame>(frame);
    const std::uint64_t cookie = socket ? socket->socket.cookie : 0;
    switch (header->type) {
    case WIRE_STATE:
        if (is_over(frame))
            evict_socket(cookie);
        else
            keep_of_socket(cookie, frame);
        break;
    case WIRE_SEND:
        if (!has_failed(frame)) keep_of_socket(cookie, frame);
        break;
    case WIRE_EXISTING:
    case WIRE_RESET_SENT:
    case WIRE_RESET_RECEIVED:
    case WIRE_ERROR_REPORT:
    case WIRE_RECEIVE: keep_of_socket(cookie, frame); break;
    case WIRE_DESTROYED: evict_socket(cookie); break;
    case WIRE_HOLDER:
        if (const auto holder = view<wire_holder>(frame)) replace(holders_, holder->other_inode, frame);
        break;
    default: break;
    }
}

void CarryOver::observe(const model::LookedUp& event, wire::Frame frame) {
    ++arrivals_;
    if (const auto* process = std::get_if<model::ProcessKnown>(&event))
        if (reports_anything(*process) || !processes_.contains(process->pid)) replace(processes_, process->pid, frame);
    if (const auto* cgroup = std::get_if<model::CgroupKnown>(&event)) replace(cgroups_, cgroup->id, frame);
    if (std::holds_alternative<model::ClockSet>(event)) clock_ = {arrivals_, {frame.begin(), frame.end()}};
    if (const auto* lost = std::get_if<model::EventsLost>(&event)) add_loss(lost->lost);
}

void CarryOver::keep_of_socket(std::uint64_t cookie, wire::Frame frame) {
    if (cookie == 0) return;
    const auto known = sockets_.find(cookie);
    if (known == sockets_.end() && bytes_ + frame.size() > kMaxBytes) return;
    auto& frames = known != sockets_.end() ? known->second : sockets_[cookie];
    frames.push_back({arrivals_, {frame.begin(), frame.end()}});
    bytes_ += frame.size();
    if (frames.size() <= kMostFrames) return;
    bytes_ -= frames[kFirstFrames].bytes.size();
    frames.erase(frames.begin() + kFirstFrames);
}

void CarryOver::evict_socket(std::uint64_t cookie) {
    const auto known = sockets_.find(cookie);
    if (known == sockets_.end()) return;
    for (const Kept& kept : known->second) bytes_ -= kept.bytes.size();
    sockets_.erase(known);
}

void CarryOver::replace(std::map<std::uint64_t, Kept>& table, std::uint64_t key, wire::Frame frame) {
    table[key] = {arrivals_, {frame.begin(), frame.end()}};
    if (table.size() <= kMostProcesses) return;
    table.erase(std::min_element(table.begin(), table.end(), [](const auto& one, const auto& other) {
        return one.second.arrival < other.second.arrival;
    }));
}

void CarryOver::add_loss(const model::LostEvents& lost) {
    const bool first = losses_.count == 0;
    losses_.count += lost.count;
    losses_.after_monotonic_ns =
        first ? lost.after_monotonic_ns : std::min(losses_.after_monotonic_ns, lost.after_monotonic_ns);
    losses_.before_monotonic_ns = std::max(losses_.before_monotonic_ns, lost.before_monotonic_ns);
}

void CarryOver::repeat(const wire::FrameSink& sink) const {
    std::vector<const Kept*> all;
    for (const auto& [cookie, frames] : sockets_)
        for (const Kept& kept : frames) all.push_back(&kept);
    for (const auto* table : {&processes_, &cgroups_, &holders_})
        for (const auto& [key, kept] : *table) all.push_back(&kept);
    std::sort(all.begin(), all.end(), [](const Kept* one, const Kept* other) { return one->arrival < other->arrival; });
    if (!clock_.bytes.empty()) sink(clock_.bytes);
    if (losses_.count > 0) sink(wire::encode(model::EventsLost{losses_}));
    for (const Kept* kept : all) sink(kept->bytes);
}

} // namespace tcpblame::record
