/// Which parts of a store's runs a report needs: of which time, and of which hosts.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "cli/replay/part_files.hpp"
#include "store/engine.hpp"
#include "store/row_binary.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tcpblame::cli {

/// What belongs to a verdict happened so long before or after it, at most; and hosts' clocks may differ.
inline constexpr std::int64_t kAroundNs = 60'000'000'000;

/// In the order of hosts, runs and parts; with no path yet. Of a range that asks about connections: where hosts have
/// reported of them, of the time in which they did the hosts at their ends, those at the ends of what these ended at
/// about that time, and so on, as a story may go over several proxies. Fails as select_rows().
Result<std::vector<PartFile>> needed_parts(const RangeOptions& range, store::Engine& engine);

/// Each row of the answer to `query`, which ends in FORMAT RowBinary. `take` gives false where the row is not whole.
/// Fails with kFailure where the engine is away, refuses, or its answer ends within a row.
Result<void> select_rows(store::Engine& engine, const std::string& query,
                         const std::function<bool(store::BinaryReader&)>& take);

} // namespace tcpblame::cli
