/// Which of a store's frames a report needs: of which time, and of which hosts.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "store/engine.hpp"
#include "store/row_binary.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace tcpblame::cli {

/// What belongs to a verdict happened so long before or after it, at most; and hosts' clocks may differ.
inline constexpr std::int64_t kAroundNs = 60'000'000'000;

/// " WHERE …", of the table frames; empty: all of them. Of a range that asks about connections: where hosts have
/// reported of them, the time in which they did, and of that the hosts at their ends, those at the ends of what these
/// ended at about that time, and so on, as a story may go over several proxies. Fails as select_rows().
Result<std::string> condition_of(const RangeOptions& range, store::Engine& engine);

/// Each row of the answer to `query`, which ends in FORMAT RowBinary. `take` gives false where the row is not whole.
/// Fails with kFailure where the engine is away, refuses, or its answer ends within a row.
Result<void> select_rows(store::Engine& engine, const std::string& query,
                         const std::function<bool(store::BinaryReader&)>& take);

} // namespace tcpblame::cli
