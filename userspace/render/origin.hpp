/// Of which run a line is, and its own name among all lines: the same live and in every report of the recording, so
/// that a line that comes twice can be known by it.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::render {

/// What is not known is empty.
struct Origin {
    std::string host; ///< untrusted bytes
    std::string boot_id;
    std::string run_id;  ///< 16 hex digits
    std::string members; ///< all three, as members of a JSON object
};

class Origins {
public:
    void start(const model::RunStart& start);

    /// Of what is reported as a whole: of several recordings, nothing.
    [[nodiscard]] const Origin& whole() const { return whole_; }
    /// Of a verdict or a loss, by the recording that it is from.
    [[nodiscard]] const Origin& of(std::uint32_t recording) const {
        return recording < recordings_.size() ? recordings_[recording] : whole_;
    }

private:
    Origin whole_;
    std::vector<Origin> recordings_; ///< where several are reported
};

/// A line's own name: RUN-CPU-SEQUENCE-verdict, by the event that it is about. Empty where that, or the run, is not
/// known.
class LineId {
public:
    LineId(const Origin& origin, const model::Verdict& verdict);
    LineId(const Origin& origin, const model::LostEvents& lost);
    /// "start" and "end", of which a run has one each.
    LineId(const Origin& origin, std::string_view what);

    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

private:
    void put(std::string_view text);
    void put(std::uint64_t number);

    std::array<char, sizeof("0123456789abcdef-4294967295-18446744073709551615-teardown")> text_{};
    std::size_t size_ = 0;
};

} // namespace tcpblame::render
