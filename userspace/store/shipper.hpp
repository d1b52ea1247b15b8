/// Sends what a live run records to the engine, in a thread of its own: the run never waits for it.
#pragma once

#include "base/result.hpp"
#include "store/backlog.hpp"
#include "store/engine.hpp"
#include "wire/frame.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tcpblame::store {

struct ShipperLimits {
    std::size_t queue_bytes = std::size_t{64} << 20;
    std::chrono::milliseconds interval{2000};       ///< what there is, is sent at least so often
    std::chrono::milliseconds idle_interval{10000}; ///< … where nothing but time has passed
    std::chrono::milliseconds patience_at_end{700}; ///< then what is not sent goes into the backlog
};

struct Shipped {
    std::uint64_t sent = 0; ///< rows, all of these
    std::uint64_t waiting = 0;
    std::uint64_t lost = 0;
};

class Shipper {
public:
    Shipper(std::unique_ptr<Engine> engine, std::unique_ptr<Backlog> backlog, ShipperLimits limits = {});
    Shipper(const Shipper&) = delete;
    Shipper& operator=(const Shipper&) = delete;
    ~Shipper();

    /// Once privileges are dropped: the thread has no more than are left then.
    void start();

    /// As it is recorded. It waits for nothing: where there is no room it is lost, and counted.
    void put(wire::Frame frame);
    /// A verdict, as --json prints it.
    void put_line(std::string_view line);

    /// What a person is to know of how it goes, since the last call.
    std::vector<Error> take_notes();

    /// Sends the rest, within a second: what the engine has not taken then stays in the backlog.
    Shipped finish();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace tcpblame::store
