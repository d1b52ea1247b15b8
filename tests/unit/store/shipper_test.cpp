#include "store/shipper.hpp"

#include "wire/run_frames.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <memory>

namespace tcpblame::store {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

/// Of an engine where nobody listens.
std::unique_ptr<Engine> nobody() {
    auto engine = Engine::create({false, "127.0.0.1", 1, "db", ""}, std::nullopt);
    EXPECT_TRUE(engine);
    return std::move(*engine);
}

void put_run(Shipper& shipper) {
    model::RecordedRun run;
    run.id = 7;
    shipper.put(wire::encode(run));
}

void put_cgroups(Shipper& shipper, std::uint64_t count) {
    for (std::uint64_t id = 0; id < count; ++id) shipper.put(wire::encode(model::CgroupKnown{id, "/"}));
}

TEST(Shipper, CountsWhatFindsNoRoomAndSaysSo) {
    Shipper shipper(nobody(), std::make_unique<MemoryBacklog>(10));
    put_run(shipper);
    put_cgroups(shipper, 4);
    shipper.start();
    const Shipped shipped = shipper.finish();
    EXPECT_EQ(shipped.sent, 0U);
    EXPECT_EQ(shipped.lost, 5U);
    EXPECT_THAT(shipper.take_notes(), Contains(Field(&Error::what, HasSubstr("what waits for the store is too much"))));
}

TEST(Shipper, WaitsForNobodyWhereItsQueueIsFull) {
    ShipperLimits limits;
    limits.queue_bytes = 500;
    Shipper shipper(nobody(), std::make_unique<MemoryBacklog>(1 << 20), limits);
    put_run(shipper);
    put_cgroups(shipper, 1000); // nobody takes them: it has not begun
    put_run(shipper);           // all the same
    EXPECT_THAT(shipper.take_notes(), Contains(Field(&Error::what, HasSubstr("does not keep up"))));
    shipper.start();
    const Shipped shipped = shipper.finish();
    EXPECT_EQ(shipped.lost, 1002U); // what the queue took is in memory alone
}

TEST(Shipper, EndsWithinASecondAndSaysThatTheEngineIsAway) {
    Shipper shipper(nobody(), std::make_unique<MemoryBacklog>(1 << 20));
    put_run(shipper);
    shipper.start();
    const auto began = std::chrono::steady_clock::now();
    static_cast<void>(shipper.finish());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
    EXPECT_THAT(shipper.take_notes(), Contains(Field(&Error::what, HasSubstr("cannot be reached"))));
}

} // namespace
} // namespace tcpblame::store
