// Reasons that lie on other hosts: who killed the peer there, and whom its proxies had passed on.
#include "reconstruct/passed_on_fixture.hpp"
#include "reconstruct/two_hosts.hpp"

#include <gtest/gtest.h>
#include <set>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;

class FarReasons : public PassedOn {
protected:
    /// What the sockets with these cookies, and the signals to these processes, were recorded as.
    Host recorded(const std::string& name, const std::set<std::uint64_t>& cookies,
                  const std::set<std::uint32_t>& pids) const {
        Host host{name, {}};
        for (const Event& event : scene.events) {
            bool here = true;
            std::visit(
                [&](const auto& one) {
                    if constexpr (requires { one.socket; })
                        here = cookies.contains(one.socket.cookie);
                    else if constexpr (requires { one.target; })
                        here = pids.contains(one.target.pid);
                },
                event);
            if (here) host.events.push_back(event);
        }
        return host;
    }
    Host client() const { return recorded("a", {front.us.cookie}, {kClient.pid}); }
    Host proxy() const { return recorded("b", {front.peer.cookie, back.us.cookie}, {kProxy.pid}); }
    Host worker() const { return recorded("c", {back.peer.cookie}, {kWorker.pid}); }
    Host proxy_and_worker() const {
        return recorded("b", {front.peer.cookie, back.us.cookie, back.peer.cookie}, {kProxy.pid, kWorker.pid});
    }

    void kill(const Actor& whom, const Actor& by) {
        SignalSent sent;
        sent.stamp = scene.stamp();
        sent.target = whom;
        sent.signal = 9;
        sent.origin = SignalOrigin::kProcess;
        sent.sender = by;
        scene.add(sent);
    }
    void proxy_is_killed() {
        exchange(front, back);
        kill(kProxy, task("systemd", 1));
        front.close(front.peer, dying(kProxy, 9));
        scene.after(kMs);
        client_writes(front);
    }
    void worker_is_killed() {
        exchange(front, back);
        kill(kWorker, task("bash", 12));
        back.close(back.peer, dying(kWorker, 9));
        pass_on(back, front);
        client_writes(front);
    }
    static std::vector<Reason> why(const std::vector<Host>& hosts) {
        const std::vector<Verdict> reported = reported_of_first(hosts).writes();
        EXPECT_EQ(reported.size(), 1U);
        return reported.empty() ? std::vector<Reason>{} : reported.front().why;
    }
    static void expect_chain(const std::vector<Reason>& reasons, const std::string& proxy_host,
                             const std::string& worker_host) {
        ASSERT_EQ(reasons.size(), 2U);
        EXPECT_EQ(reasons[0].code, ReasonCode::kPassedOn);
        EXPECT_EQ(reasons[0].confidence, Confidence::kInferred);
        ASSERT_TRUE(reasons[0].process && reasons[0].peer);
        EXPECT_EQ(reasons[0].process->name, "proxy");
        EXPECT_EQ(reasons[0].process->host, proxy_host);
        EXPECT_EQ(reasons[0].peer->process.name, "worker");
        EXPECT_EQ(reasons[0].peer->process.host, worker_host);
        EXPECT_EQ(reasons[1].code, ReasonCode::kKilled);
        ASSERT_TRUE(reasons[1].process && reasons[1].sender);
        EXPECT_EQ(reasons[1].process->name, "worker");
        EXPECT_EQ(reasons[1].process->host, worker_host);
        EXPECT_EQ(reasons[1].sender->name, "bash");
        EXPECT_EQ(reasons[1].sender->host, worker_host);
    }
};

TEST_F(FarReasons, WhoKilledThePeerOnItsHost) {
    proxy_is_killed();
    const std::vector<Reason> reasons = why({client(), proxy()});
    ASSERT_EQ(reasons.size(), 1U);
    EXPECT_EQ(reasons[0].code, ReasonCode::kKilled);
    ASSERT_TRUE(reasons[0].process && reasons[0].sender);
    EXPECT_EQ(reasons[0].process->host, "b");
    EXPECT_EQ(reasons[0].sender->name, "systemd");
    EXPECT_EQ(reasons[0].sender->host, "b");
    EXPECT_TRUE(reasons[0].evidence.empty()) << "these events have numbers of their own there";
}

/// A pid means another process on each host.
TEST_F(FarReasons, NotAKillOfThisHost) {
    proxy_is_killed();
    Host near = recorded("a", {front.us.cookie}, {kClient.pid, kProxy.pid});
    EXPECT_TRUE(why({near, recorded("b", {front.peer.cookie}, {})}).empty());
}

TEST_F(FarReasons, OverAProxyOnAnotherHost) {
    worker_is_killed();
    expect_chain(why({client(), proxy_and_worker()}), "b", "b");
}

TEST_F(FarReasons, OverAProxyToAThirdHost) {
    worker_is_killed();
    expect_chain(why({client(), proxy(), worker()}), "b", "c");
}

TEST_F(FarReasons, WhereTheirClocksDiffer) {
    worker_is_killed();
    Host there = proxy();
    there.set_clock(7 * static_cast<std::int64_t>(kSecond));
    Host third = worker();
    third.set_clock(12 *
                    static_cast<std::int64_t>(kSecond)); // its FIN came before it was sent: that is how it is known
    const std::vector<Reason> reasons = why({client(), there, third});
    expect_chain(reasons, "b", "c");
    for (const Reason& reason : reasons) {
        ASSERT_TRUE(reason.at_ns);
        EXPECT_LT(*reason.at_ns, 0);
        EXPECT_GT(*reason.at_ns, -static_cast<std::int64_t>(kSecond));
    }
}

/// The client's own host runs the worker.
TEST_F(FarReasons, OverAProxyAndBack) {
    worker_is_killed();
    const Host here = recorded("a", {front.us.cookie, back.peer.cookie}, {kClient.pid, kWorker.pid});
    expect_chain(why({here, proxy()}), "b", "");
}

TEST_F(FarReasons, OverAProxyHereToAWorkerElsewhere) {
    worker_is_killed();
    const Host here = recorded("a", {front.us.cookie, front.peer.cookie, back.us.cookie}, {kClient.pid, kProxy.pid});
    expect_chain(why({here, worker()}), "", "c");
}

/// The client closes long after the proxy has: what the proxy's other connection was is known all the same.
TEST_F(FarReasons, HoweverLateTheClientCloses) {
    worker_is_killed();
    scene.after(30 * kSecond);
    Connection later(scene, {.cookie = 900, .our_port = 50'000, .our_first = 77, .peer_first = 99});
    later.close(later.us);
    later.close(later.peer);
    scene.after(30 * kSecond);
    front.last_close(front.us);
    Host there =
        recorded("b", {front.peer.cookie, back.us.cookie, back.peer.cookie, 900, 901}, {kProxy.pid, kWorker.pid});
    expect_chain(why({client(), there}), "b", "b");
}

TEST_F(FarReasons, NothingOfAProxyWhoseRecordingIsMissing) {
    worker_is_killed();
    EXPECT_TRUE(why({client(), worker()}).empty());
}

} // namespace
} // namespace tcpblame::reconstruct
