/// What `record` says while it prints nothing: where the recording goes, and what is in it at the end.
#pragma once

#include "cli/options.hpp"
#include "render/output.hpp"

#include <memory>

namespace tcpblame::cli {

/// On standard error, as standard output may be the recording.
std::unique_ptr<render::Output> make_record_notice(const Options& options);

} // namespace tcpblame::cli
