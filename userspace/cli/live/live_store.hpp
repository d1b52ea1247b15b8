/// What a live run sends to a fleet's store: its frames, as they are recorded, and its verdicts.
#pragma once

#include "base/result.hpp"
#include "cli/live/view.hpp"
#include "cli/options.hpp"
#include "model/run.hpp"
#include "record/recorder.hpp"
#include "render/ndjson.hpp"
#include "render/output.hpp"
#include "store/shipper.hpp"

#include <memory>
#include <string>

namespace tcpblame::cli {

class LiveStore {
public:
    /// nullptr where none is asked for. The recorder is given a copy to make; where there is none, it is made, for that
    /// alone. An engine that is away is no failure, one that refuses is; fails with kFailure.
    static Result<std::unique_ptr<LiveStore>> open(const StoreOptions& options,
                                                   std::unique_ptr<record::Recorder>& recorder);

    /// Once privileges are dropped.
    void start(const model::RunStart& start);
    /// Also while others are being sent: it waits for nothing.
    void put(const model::Verdict& verdict) { lines_.verdict(verdict); }
    void set_clock(const model::ClockSet& set) { lines_.clock_set(set); }
    /// Shows what a person is to know.
    void attend(LiveView& view);
    /// Within a second. Fails with kFailure where something was lost that is in no file either.
    Result<void> finish();

private:
    LiveStore(std::unique_ptr<store::Shipper> shipper, std::string name, bool is_alone);

    std::unique_ptr<store::Shipper> shipper_;
    std::string name_;
    bool is_alone_; ///< nothing else is recorded into
    render::Ndjson lines_;
};

/// Sends what passes to the store, too, and hands it on.
class StoredOutput : public render::Output {
public:
    /// `store` may be nullptr.
    StoredOutput(render::Output& next, LiveStore* store) : next_(next), store_(store) {}

    void start(const model::RunStart& start) override { next_.start(start); }
    void verdict(const model::Verdict& verdict) override {
        if (store_ != nullptr) store_->put(verdict);
        next_.verdict(verdict);
    }
    void lost(const model::LostEvents& lost) override { next_.lost(lost); }
    void heartbeat(const model::RunEnd& so_far) override { next_.heartbeat(so_far); }
    void clock_set(const model::ClockSet& set) override {
        if (store_ != nullptr) store_->set_clock(set);
        next_.clock_set(set);
    }
    void flush(std::uint64_t now_monotonic_ns) override { next_.flush(now_monotonic_ns); }
    void end(const model::RunEnd& end) override { next_.end(end); }

private:
    render::Output& next_;
    LiveStore* store_;
};

} // namespace tcpblame::cli
