/// A client, a proxy and a worker, and what the proxy passes on.
#pragma once

#include "reconstruct/attribution_fixture.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct::scene {

inline const Actor kClient = task("client", 4242);
inline const Actor kProxy = task("proxy", 50);
inline const Actor kWorker = task("worker", 77);

inline Ends front_ends(std::uint64_t cookie = 100, std::uint16_t port = 41822) {
    return {.cookie = cookie, .our_port = port, .peer_port = 80, .we = kClient, .they = kProxy};
}

inline Ends back_ends(std::uint64_t cookie = 200, std::uint16_t port = 51822) {
    return {.cookie = cookie,
            .our_port = port,
            .peer_port = 8080,
            .we = kProxy,
            .they = kWorker,
            .our_first = 6'000'000,
            .peer_first = 8'000'000};
}

class PassedOn : public testing::Test {
protected:
    static void exchange(Connection& accepted, Connection& opened, std::uint32_t request = 100,
                         std::uint32_t answer = 40) {
        accepted.send(accepted.us, request);
        opened.send(opened.us, request);
        opened.send(opened.peer, answer);
        accepted.send(accepted.peer, answer);
        opened.us.idle = accepted.peer.idle = {4, LastSender::kUs};
    }
    /// The proxy has seen that the other connection ended; the client writes on.
    void pass_on(Connection& from, Connection& to) {
        scene.after(kMs);
        to.close(to.peer);
        from.close(from.us);
        scene.after(kMs);
    }
    void client_writes(Connection& on) {
        on.write_is_answered(on.us, 10);
        scene.after(kMs);
        on.fail_write(on.us);
    }
    std::vector<Reason> why(const Selection& selection = {}) const {
        const std::vector<Verdict> reported = scene.reported(selection).writes();
        EXPECT_EQ(reported.size(), 1U);
        return reported.empty() ? std::vector<Reason>{} : reported.front().why;
    }
    bool is_claimed() const {
        const std::vector<Reason> reasons = why();
        return !reasons.empty() && reasons.front().code == ReasonCode::kPassedOn;
    }

    Scene scene;
    Connection front{scene, front_ends()};
    Connection back{scene, back_ends()};
};

} // namespace tcpblame::reconstruct::scene
