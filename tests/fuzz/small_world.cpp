#include "fuzz/small_world.hpp"

#include "reconstruct/connections.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

namespace tcpblame::fuzz {
namespace {

using namespace model;

constexpr std::uint64_t kSockets = 8; // 0 is the one without a cookie
constexpr std::uint16_t kPorts = 4;
constexpr std::uint32_t kProcesses = 5;
constexpr std::uint64_t kMillisecond = 1'000'000;

/// The same to the same, so that two ends of a connection still fit.
Address small(const Address& address) {
    if (address.family == Family::kNone || address.port == 0) return {};
    Address small;
    small.port = static_cast<std::uint16_t>(1 + address.port % kPorts);
    small.family = small.port == kPorts ? Family::kIpv6 : Family::kIpv4;
    small.bytes.at(small.family == Family::kIpv4 ? 3 : 15) = 1;
    return small;
}

class SmallWorld {
public:
    explicit SmallWorld(const Story& story) {
        for (const Step& step : story.steps)
            std::visit([this](const auto& event) { this->consider(event); }, step.event);
    }

    void enter(Event& event) const {
        std::visit([this](auto& one) { this->put(one); }, event);
    }

private:
    template <typename One>
    void consider(const One& one) {
        if constexpr (requires { one.stamp; }) first_ns_ = std::min(first_ns_, one.stamp.time_ns);
    }

    std::uint64_t small(std::uint64_t time_ns) const {
        return kBeginNs + (time_ns > first_ns_ ? std::min(time_ns - first_ns_, kEndNs - kBeginNs - 1) : 0);
    }
    static void put(Actor& actor) {
        actor.pid %= kProcesses;
        actor.tid %= 2 * kProcesses;
    }
    void put(TimePassed& passed) const { passed.now_ns = small(passed.now_ns); }
    void put(EventsLost& event) const {
        event.lost.after_monotonic_ns = small(event.lost.after_monotonic_ns);
        event.lost.before_monotonic_ns = small(event.lost.before_monotonic_ns);
    }
    static void put(ProcessKnown& known) { known.pid %= kProcesses; }
    static void put(CgroupKnown& /*known*/) {}
    void put(ClockSet& set) const { set.time_ns = small(set.time_ns); }
    template <typename One>
    void put(One& one) const {
        one.stamp.time_ns = small(one.stamp.time_ns);
        if constexpr (requires { one.socket; }) {
            one.socket.cookie %= kSockets;
            one.socket.tuple = {fuzz::small(one.socket.tuple.local), fuzz::small(one.socket.tuple.remote)};
        }
        if constexpr (requires { one.holder; }) put(one.holder);
        if constexpr (requires { one.actor.pid; }) put(one.actor);
        if constexpr (requires { one.actor->pid; })
            if (one.actor) put(*one.actor);
    }

    std::uint64_t first_ns_ = UINT64_MAX;
};

Step destroyed(std::uint64_t cookie, const Tuple& tuple, std::uint64_t time_ns, std::uint32_t netns = 0) {
    SocketDestroyed event;
    event.stamp.time_ns = time_ns;
    event.socket.cookie = cookie;
    event.socket.tuple = tuple;
    event.socket.netns = netns;
    return {event, {}};
}

} // namespace

void put_into_small_world(Story& story) {
    const SmallWorld world(story);
    for (Step& step : story.steps) world.enter(step.event);
    story.run.selection = {};
}

void let_all_go(Story& story) {
    // Without a cookie, a socket is its ends and its network namespace.
    std::set<std::pair<Tuple, std::uint32_t>> sockets;
    for (const Step& step : story.steps)
        std::visit(
            [&sockets](const auto& event) {
                if constexpr (requires { event.socket; }) sockets.emplace(event.socket.tuple, event.socket.netns);
            },
            step.event);
    for (std::uint64_t cookie = 1; cookie < kSockets; ++cookie) story.steps.push_back(destroyed(cookie, {}, kEndNs));
    for (const auto& [tuple, netns] : sockets) story.steps.push_back(destroyed(0, tuple, kEndNs, netns));
    // One that ends later has the others evicted.
    const std::uint64_t later_ns = kEndNs + reconstruct::Connections::kRememberNs + kMillisecond;
    story.steps.push_back({TimePassed{kEndNs + kMillisecond}, {}});
    story.steps.push_back(destroyed(kSockets, {}, later_ns));
    story.steps.push_back({TimePassed{later_ns + kMillisecond}, {}});
}

} // namespace tcpblame::fuzz
