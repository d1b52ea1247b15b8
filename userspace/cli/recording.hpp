/// A recording that is to be told: how its run began, and the frames that follow.
#pragma once

#include "base/result.hpp"
#include "model/recorded.hpp"
#include "record/frames.hpp"

#include <memory>
#include <string>

namespace tcpblame::cli {

struct Recording {
    model::RecordedRun run;
    std::unique_ptr<record::Frames> frames; ///< after the one that says how the run began
};

/// Fails with kFailure where it cannot be read, with kDamagedRecording where it is none, or does not say how it began.
Result<Recording> open_recording(const std::string& path);

} // namespace tcpblame::cli
