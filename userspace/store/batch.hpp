/// Rows that go to the engine in one request, and are known by where they begin: sent twice, they are the same rows.
#pragma once

#include "store/row.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tcpblame::store {

enum class Table : std::uint8_t { kFrames, kVerdicts };

struct Batch {
    Table table = Table::kFrames;
    std::uint64_t run = 0;
    std::uint64_t first = 0; ///< of kFrames: the sequence of its first row
    std::uint64_t rows = 0;
    std::string body; ///< as insert_statement() takes it

    bool operator==(const Batch&) const = default;
};

/// "INSERT INTO …"
std::string_view insert_statement(Table table);

using BatchSink = std::function<void(Batch&&)>;

/// Gathers rows into batches of about this size.
class BatchMaker {
public:
    static constexpr std::size_t kFullBytes = std::size_t{1} << 20;

    explicit BatchMaker(BatchSink sink) : sink_(std::move(sink)) {}

    void put(const FrameRow& row);
    void put(const VerdictRow& row);
    /// What there is, however little.
    void cut();

    [[nodiscard]] bool empty() const { return frames_.rows == 0 && verdicts_.rows == 0; }

private:
    void cut(Batch& batch);

    BatchSink sink_;
    Batch frames_;
    Batch verdicts_{.table = Table::kVerdicts, .body = {}};
};

} // namespace tcpblame::store
