/// Who breaks whom, added up: the rows of `top`, with the newest verdict of each.
#pragma once

#include "model/verdict.hpp"
#include "render/top/rate.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tcpblame::render {

/// Verdicts that are alike but for their pids and ports.
struct BlameRow {
    std::uint64_t id = 0; ///< this row's, for as long as it is kept
    std::string process;  ///< untrusted bytes, both; empty where nothing is known
    std::string peer;     ///< the process; its address, where that is not known
    model::Cause cause = model::Cause::kUnknown;
    std::uint32_t process_pid = 0;                               ///< 0: not known, or several
    std::uint32_t peer_pid = 0;                                  ///< the same
    model::Confidence confidence = model::Confidence::kObserved; ///< the least of them
    std::uint64_t count = 0;
    std::uint64_t last_ns = 0;
    Rate rate;
    std::shared_ptr<const model::Verdict> newest;
};

class Blames {
public:
    /// Names can be made up without end; each row has a verdict with its stacks.
    static constexpr std::size_t kMostRows = 1000;

    explicit Blames(std::size_t most_rows = kMostRows) : most_rows_(most_rows) {}

    /// Where there is no room for one more row, the one that was silent for the longest goes.
    void count(const model::Verdict& verdict);

    /// The one counted last comes first.
    [[nodiscard]] std::vector<BlameRow> rows() const { return {rows_.begin(), rows_.end()}; }

    [[nodiscard]] std::uint64_t dropped_rows() const { return dropped_rows_; }
    [[nodiscard]] std::uint64_t dropped_breaks() const { return dropped_breaks_; }

private:
    using Kind = std::tuple<model::Cause, std::string, std::string>;
    using Rows = std::list<BlameRow>;

    BlameRow& row_of(const model::Verdict& verdict);
    void drop_last();

    std::size_t most_rows_;
    Rows rows_;
    std::map<Kind, Rows::iterator> by_kind_;
    std::uint64_t next_id_ = 1;
    std::uint64_t dropped_rows_ = 0;
    std::uint64_t dropped_breaks_ = 0;
};

} // namespace tcpblame::render
