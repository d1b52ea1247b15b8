/// The recordings that are to be reported: how each began, the frames that follow, and what of their clocks is known.
#pragma once

#include "base/result.hpp"
#include "model/recorded.hpp"
#include "reconstruct/clock_offset.hpp"
#include "reconstruct/remote_endpoints.hpp"
#include "record/frames.hpp"

#include <cstdint>
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

/// The endpoints of the connections of all of them, their clocks aligned. Reads them to their ends; what is damaged
/// ends there, and is said when they are reported.
reconstruct::RemoteEndpoints collect_endpoints(const std::vector<Recording>& recordings);

/// When a recording ends: nanoseconds since the epoch, by its own clock. Reads it to its end.
std::int64_t end_of(const Recording& recording);

/// "the clock of db1 is 12 ms behind that of web1 (± 0.1 ms, from 41 connections)". `ahead_ns`: what the clock of the
/// day there shows more than the one here does.
std::string clock_words(const std::string& here, const std::string& there, std::int64_t ahead_ns,
                        const reconstruct::ClockOffset& found);

} // namespace tcpblame::cli
