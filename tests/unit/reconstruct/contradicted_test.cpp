// Where an event contradicts what others suggest, nothing is told as seen that was not.
#include "reconstruct/attribution_fixture.hpp"

#include <gmock/gmock.h>

namespace tcpblame::reconstruct {
namespace {

using namespace scene;
using testing::HasSubstr;
using testing::Not;

TEST_F(Attribution, AResetThatWasSentBeforeTheSocketsChangeIsItsOwnThoughItCameBeforeThat) {
    const Actor closer = doing(c.peer.process, Syscall::kClose);
    c.receive_reset(c.us, std::nullopt);
    c.send_reset(c.peer, ResetReason::kAbortOnClose, closer); // as mptcp_close() does it
    c.change(c.peer, TcpState::kClose, closer);
    c.fail_write(c.us, {.error = ECONNRESET});
    expect(write(), Cause::kPeerAborted, Confidence::kInferred);
    EXPECT_EQ(write().reset_origin, ResetOrigin::kUnknown);
    EXPECT_THAT(write().summary, Not(HasSubstr("between")));
}

} // namespace
} // namespace tcpblame::reconstruct
