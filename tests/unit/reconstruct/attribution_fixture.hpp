/// One connection, and what its failed writes are blamed on.
#pragma once

#include "reconstruct/stories.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::reconstruct::scene {

inline void expect(const Verdict& verdict, Cause cause, Confidence confidence) {
    EXPECT_EQ(code_of(verdict.cause), code_of(cause)) << verdict.summary;
    EXPECT_EQ(code_of(verdict.confidence), code_of(confidence)) << verdict.summary;
}

class Attribution : public testing::Test {
protected:
    std::vector<Verdict> writes() const { return scene.told().writes(); }
    Verdict write() const {
        const std::vector<Verdict> told = writes();
        EXPECT_EQ(told.size(), 1U);
        return told.empty() ? Verdict{} : told.back();
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
