/// The engine that a command line names.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "store/engine.hpp"

#include <memory>

namespace tcpblame::cli {

/// Reads the credentials; asks the engine nothing yet. Fails with kFailure.
Result<std::unique_ptr<store::Engine>> open_engine(const StoreOptions& options);

} // namespace tcpblame::cli
