// Each recording is of one host. Here it is cut in two, as if its connections' ends were on two hosts with other clocks
// and NAT between them; reported together, they say what the whole says, or claim less of it.
#include "reconstruct/two_hosts.hpp"
#include "recordings/recording.hpp"

#include <array>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string>

namespace tcpblame::recordings {
namespace {

using reconstruct::scene::Host;
using reconstruct::scene::Listener;

constexpr std::int64_t kThreeHoursNs = 3 * 3600 * 1'000'000'000LL;

std::string said_of(const model::Verdict& verdict) {
    std::string text = fmt::format("{} {} {}", code_of(verdict.confidence), code_of(verdict.cause),
                                   verdict.process ? verdict.process->pid : 0);
    if (verdict.write) text += fmt::format(" {}", verdict.write->error);
    if (verdict.peer)
        text += fmt::format(", {} of {} with {} B", code_of(verdict.peer->act), verdict.peer->process.pid,
                            verdict.peer->unread);
    return text;
}

/// Which of the two ends of its connection a socket is, for as long as it has its cookie.
class Sides {
public:
    std::size_t of(const model::SocketView& socket) {
        if (socket.tuple.remote.port == 0) {
            const auto known = by_cookie_.find(socket.cookie);
            return known != by_cookie_.end() ? known->second : 0;
        }
        const std::size_t side = socket.tuple.local < socket.tuple.remote ? 0 : 1;
        if (socket.cookie != 0) by_cookie_[socket.cookie] = side;
        return side;
    }

private:
    std::map<std::uint64_t, std::size_t> by_cookie_;
};

std::vector<Host> cut(const Recording& recording) {
    std::vector<Host> hosts{{"near", {}}, {"far", {}}};
    Sides sides;
    for (const model::Event& event : recording.events) {
        std::optional<std::size_t> side; // what is about no socket is known on both
        std::visit(
            [&](const auto& one) {
                if constexpr (requires { one.socket; }) side = sides.of(one.socket);
            },
            event);
        for (std::size_t host = 0; host < hosts.size(); ++host)
            if (!side || *side == host) hosts[host].events.push_back(event);
    }
    for (Host& host : hosts) host.began_ns = recording.run.start.monotonic_ns;
    return hosts;
}

std::multiset<std::string> reported(const std::vector<Host>& hosts) {
    const reconstruct::RemoteEndpoints ends = reconstruct::scene::gathered(hosts);
    std::multiset<std::string> said;
    for (std::size_t run = 0; run < hosts.size(); ++run) {
        Listener listener;
        reconstruct::Reconstruction core({}, listener, {.joining = {run, nullptr, &ends}});
        for (model::Event event : hosts[run].events) {
            reconstruct::shift(event, ends.clock_of(run).ns);
            core.feed(std::move(event));
        }
        core.finish();
        for (const model::Verdict& verdict : listener.reported.writes()) said.insert(said_of(verdict));
    }
    return said;
}

/// Without its filters: where ports are rewritten they let nothing through.
std::multiset<std::string> reported_of_the_whole(const Recording& recording) {
    Listener listener;
    reconstruct::Reconstruction core({}, listener);
    for (const model::Event& event : recording.events) core.feed(event);
    core.finish();
    std::multiset<std::string> said;
    for (const model::Verdict& verdict : listener.reported.writes()) said.insert(said_of(verdict));
    return said;
}

/// Its peer's host has no socket for it, which alone would know the sequence numbers.
bool is_known_by_addresses_alone(const std::string& name) {
    return name.find("accept-queue-overflow") != std::string::npos ||
           name.find("attached-late.fin") != std::string::npos;
}

/// Who answered there, or that nobody did, one host alone can know; or a write's signal and its return are of two
/// sockets.
bool needs_one_host(const std::string& name) {
    for (const char* story : {"accept-queue-overflow", "address-moved", "attached-late.fin", "fd-reused.tcp",
                              "rst-from-middle", "syn-queue-dropped"})
        if (name.find(story) != std::string::npos) return true;
    return false;
}

/// Without how sure it is.
std::multiset<std::string> claims_in(const std::multiset<std::string>& said) {
    std::multiset<std::string> claims;
    for (const std::string& one : said) claims.insert(one.substr(one.find(' ')));
    return claims;
}

class Joined : public OfEachRecording {
protected:
    void expect_the_same_or_less(const std::vector<Host>& hosts) const {
        const auto whole = reported_of_the_whole(recording_);
        const auto joined = reported(hosts);
        for (const std::string& one : joined)
            EXPECT_TRUE(one.find("observed") != 0 || whole.contains(one)) << one << ", and not by one host";
        if (needs_one_host(GetParam())) return;
        EXPECT_EQ(claims_in(joined), claims_in(whole));
    }
};

TEST_P(Joined, TwoHostsSayWhatOneSays) {
    std::vector<Host> hosts = cut(recording_);
    hosts[1].set_clock(kThreeHoursNs);
    expect_the_same_or_less(hosts);
    SCOPED_TRACE("behind NAT");
    reconstruct::scene::rewrite(hosts[1]);
    if (!is_known_by_addresses_alone(GetParam())) expect_the_same_or_less(hosts);
}

INSTANTIATE_TEST_SUITE_P(Recordings, Joined, testing::ValuesIn(all_recordings()), test_name);

} // namespace
} // namespace tcpblame::recordings
