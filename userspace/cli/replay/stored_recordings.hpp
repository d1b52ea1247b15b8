/// The recordings of a fleet's hosts, taken from the store for one question, as files that are gone with it.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "store/engine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tcpblame::cli {

/// A folder of its own, removed when it goes.
class StoredRecordings {
public:
    /// All that the store holds of what the range needs (stored_window.hpp): the parts of runs that it is in, as a
    /// whole. What is missing or damaged is said. Fails with kFailure where the engine is away or refuses, where it
    /// holds nothing of that, or too much.
    static Result<std::unique_ptr<StoredRecordings>> fetch(store::Engine& engine, const RangeOptions& range);
    StoredRecordings(const StoredRecordings&) = delete;
    StoredRecordings& operator=(const StoredRecordings&) = delete;
    ~StoredRecordings();

    /// In the order in which the runs began.
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

private:
    explicit StoredRecordings(std::string folder) : folder_(std::move(folder)) {}

    std::string folder_;
    std::vector<std::string> files_;
};

/// A store holds many days: a time without a date is the last such moment that has passed.
RangeOptions dated(const RangeOptions& range, std::int64_t now_realtime_ns);

} // namespace tcpblame::cli
