/// A recording that is to be reported: how its run began, and the frames that follow.
#pragma once

#include "base/result.hpp"
#include "model/recorded.hpp"
#include "record/frames.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::cli {

struct Recording {
    model::RecordedRun run;
    std::unique_ptr<record::Frames> frames; ///< after the one that says how the run began
    std::vector<std::string> files;         ///< the parts of the run, the earliest first
};

/// Fails with kFailure where it cannot be read, with kDamagedRecording where it is none, or does not say how it began.
/// nullopt where it is whole and empty: of a ring of files, one whose turn has not come.
Result<std::optional<Recording>> open_recording(const std::string& path);

/// Those that are parts of one run become one. Fails with kUsage where a part between two others is not there.
Result<std::vector<Recording>> join_parts(std::vector<Recording> recordings);

/// The same, from the beginning.
Result<Recording> open_again(const Recording& recording);

} // namespace tcpblame::cli
