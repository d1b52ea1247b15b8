/// Parts of runs, from the store into files.
#pragma once

#include "base/result.hpp"
#include "store/engine.hpp"
#include "store/rebuild.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tcpblame::cli {

/// A part that a store holds rows of, and the file that it is to become.
struct PartFile {
    store::PartKey key;
    bool is_last = false;      ///< of what is fetched of its run
    std::int64_t first_ns = 0; ///< of the rows that were asked about, since the epoch
    std::int64_t last_ns = 0;
    std::uint64_t rows = 0; ///< that were asked about; the part may have more
    std::string path;
    store::Rebuilt rebuilt; ///< once it is fetched
};

/// Makes the files. The parts of a run stand together, in their order. The engine is asked for many parts at once,
/// since it has them in the order of their connections, and so reads all that it has for each question. Fails with
/// kFailure where the engine is away or refuses, or a file cannot be written.
Result<void> fetch_parts(store::Engine& engine, std::vector<PartFile>& parts);

} // namespace tcpblame::cli
