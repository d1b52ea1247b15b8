/// One connection, and what its failed writes are blamed on.
#pragma once

#include "reconstruct/stories.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct::scene {

inline void expect(const Verdict& verdict, Cause cause, Confidence confidence) {
    EXPECT_EQ(code_of(verdict.cause), code_of(cause)) << rule_name(verdict);
    EXPECT_EQ(code_of(verdict.confidence), code_of(confidence)) << rule_name(verdict);
}

class Attribution : public testing::Test {
protected:
    std::vector<Verdict> writes() const { return scene.reported().writes(); }
    Verdict write() const {
        const std::vector<Verdict> reported = writes();
        EXPECT_EQ(reported.size(), 1U);
        return reported.empty() ? Verdict{} : reported.back();
    }

    Scene scene;
    Connection c{scene};
};

/// The same with a peer on another host.
class RemoteAttribution : public Attribution {
protected:
    RemoteAttribution() { c.peer.here = false; }
};

} // namespace tcpblame::reconstruct::scene
