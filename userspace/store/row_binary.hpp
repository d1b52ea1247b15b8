/// Rows of frames as the engine takes and gives them: its format RowBinary, of these columns in this order.
#pragma once

#include "store/row.hpp"

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace tcpblame::store {

inline constexpr std::string_view kFrameColumns = "flow, numbers, host, run, sequence, time, time_ns, kind, frame";

/// Appends the row, with all of kFrameColumns.
void append(std::string& to, const FrameRow& row);

/// Takes values from bytes that come in pieces. A value that is not there yet, or not whole, is not taken.
class BinaryReader {
public:
    explicit BinaryReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool take(std::uint16_t& value) { return take_number(value); }
    [[nodiscard]] bool take(std::uint32_t& value) { return take_number(value); }
    [[nodiscard]] bool take(std::uint64_t& value) { return take_number(value); }
    [[nodiscard]] bool take(std::int64_t& value) { return take_number(value); }
    /// A view into the bytes.
    [[nodiscard]] bool take(std::string_view& value);

    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    template <typename Number>
    bool take_number(Number& value) {
        if (rest_.size() < sizeof(value)) return false;
        std::memcpy(&value, rest_.data(), sizeof(value));
        rest_.remove_prefix(sizeof(value));
        return true;
    }

    std::string_view rest_;
};

/// Cuts what comes in pieces into rows.
class RowCutter {
public:
    /// Takes one row from the reader; false where it is not whole.
    using TakeRow = std::function<bool(BinaryReader&)>;

    explicit RowCutter(TakeRow take) : take_(std::move(take)) {}

    void put(std::string_view bytes);
    /// Something is left that is no row: the answer was cut.
    [[nodiscard]] bool is_cut() const { return !kept_.empty(); }

private:
    TakeRow take_;
    std::string kept_;
};

} // namespace tcpblame::store
