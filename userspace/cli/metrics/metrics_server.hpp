/// Counters over HTTP, for Prometheus: /metrics and /healthz.
#pragma once

#include "base/result.hpp"
#include "cli/metrics/listen_address.hpp"
#include "model/verdict.hpp"
#include "render/metrics.hpp"
#include "render/output.hpp"

#include <cstdint>
#include <memory>

namespace tcpblame::cli {

/// Answers in a thread of its own, which sees nothing of the run but a copy of its counters.
class MetricsServer {
public:
    /// Takes the port; fails with kFailure where that is not to be had.
    static Result<std::unique_ptr<MetricsServer>> listen(const ListenAddress& address, render::MetricNames names);
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

    /// Once every hook is attached and privileges are dropped: the thread has no more than are left then.
    void start();

    void count(const model::Verdict& verdict);
    void count_lost(std::uint64_t events);
    /// So many sockets until now.
    void set_evicted(std::uint64_t sockets);

private:
    struct Inside;
    explicit MetricsServer(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

/// Counts what passes, and hands it on.
class CountedOutput : public render::Output {
public:
    /// `server` may be nullptr.
    CountedOutput(render::Output& next, MetricsServer* server) : next_(next), server_(server) {}

    void start(const model::RunStart& start) override { next_.start(start); }
    void verdict(const model::Verdict& verdict) override {
        if (server_ != nullptr) server_->count(verdict);
        next_.verdict(verdict);
    }
    void lost(const model::LostEvents& lost) override {
        if (server_ != nullptr) server_->count_lost(lost.count);
        next_.lost(lost);
    }
    void clock_set(const model::ClockSet& set) override { next_.clock_set(set); }
    void heartbeat(const model::RunEnd& so_far) override { next_.heartbeat(so_far); }
    void flush(std::uint64_t now_monotonic_ns) override { next_.flush(now_monotonic_ns); }
    void end(const model::RunEnd& end) override { next_.end(end); }

private:
    render::Output& next_;
    MetricsServer* server_;
};

} // namespace tcpblame::cli
