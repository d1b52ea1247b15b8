/// Keeps batches in files while the engine is away, and through a restart; packed, by zstd.
///
/// The files are opened at once, as later there may be no privilege to: a few segments of one size, written one after
/// the other, each emptied when all that is in it was sent.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "store/backlog.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::store {

class Spool : public Backlog {
public:
    static constexpr std::size_t kSegments = 8;
    static constexpr std::uint64_t kLeastBytes = std::uint64_t{16} << 20;

    /// Goes on with what an earlier run has left there. Fails with kFailure, also where another process uses it.
    static Result<std::unique_ptr<Spool>> open(const std::string& folder, std::uint64_t most_bytes);

    [[nodiscard]] bool push(const Batch& batch) override;
    const Batch* front() override;
    void pop() override;
    [[nodiscard]] std::uint64_t rows() const override;
    [[nodiscard]] bool lasts() const override { return true; }

    /// Batches of an earlier run that were damaged: they are left out.
    [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

private:
    struct Place {
        std::uint64_t at = 0; ///< in its segment's file
        std::uint64_t rows = 0;
        std::uint64_t size = 0; ///< of the whole
    };
    struct Segment {
        UniqueFd file;
        std::uint64_t generation = 0; ///< 0: it is empty
        std::uint64_t end = 0;
        std::vector<Place> waiting; ///< the earliest first
        std::size_t sent = 0;       ///< of those
    };

    explicit Spool(std::uint64_t segment_bytes) : segment_bytes_(segment_bytes) {}

    void scan(Segment& segment);
    [[nodiscard]] Segment* oldest();
    /// The one that is written into, with room for so much; nullptr where there is none.
    [[nodiscard]] Segment* with_room(std::uint64_t bytes);
    static void empty(Segment& segment);

    std::uint64_t segment_bytes_;
    std::vector<Segment> segments_;
    std::uint64_t generation_ = 0; ///< the newest
    std::uint64_t damaged_ = 0;
    std::optional<Batch> front_; ///< what was read of it
};

} // namespace tcpblame::store
