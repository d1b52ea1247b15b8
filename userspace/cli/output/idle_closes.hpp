/// Who closed several connections of a run after the same time without data: one such close may be chance, many alike
/// are a timer.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tcpblame::cli {

/// Counts each connection once, whatever number of verdicts it has; of bounded size.
class IdleCloses {
public:
    void count(const model::Verdict& verdict);

    /// At least three alike, and half of all that were closed by the same name or address; the most first.
    [[nodiscard]] std::vector<model::IdleCloser> found() const;

private:
    struct Alike {
        std::uint64_t count = 0;
        std::uint64_t shortest_ns = 0;
        std::uint64_t longest_ns = 0;
    };
    struct Closer {
        std::string name;
        std::uint64_t closed = 0;
        std::map<std::uint64_t, Alike> by_span; ///< by the time without data, rounded as timers are set
    };

    [[nodiscard]] bool is_counted(const model::Verdict& verdict);

    std::unordered_map<std::size_t, Closer> closers_; ///< by the hash of their name
    std::unordered_set<std::size_t> counted_;         ///< connections of late, by the hash of what they are known by
    std::deque<std::size_t> order_;                   ///< … as they came
};

} // namespace tcpblame::cli
