/// Bounds what a storm of breaks prints: so many verdicts a second in full, the rest by their number.
#pragma once

#include "model/alike_verdicts.hpp"
#include "render/output.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace tcpblame::cli {

/// Hands on everything but verdicts beyond the quota of their second. Of these the first of each kind is handed on,
/// too, so that no storm hides what is rare; the others make one line for each kind when the second is over. Nothing is
/// left out of the sum of both.
class VerdictQuota : public render::Output {
public:
    /// `per_second` 0: there is no bound.
    VerdictQuota(render::Output& next, std::uint32_t per_second) : next_(next), per_second_(per_second) {}

    void start(const model::RunStart& start) override { next_.start(start); }
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override { next_.lost(lost); }
    void clock_set(const model::ClockSet& set) override;
    void flush(std::uint64_t now_monotonic_ns) override;
    void heartbeat(const model::RunEnd& so_far) override { next_.heartbeat(so_far); }
    void end(const model::RunEnd& end) override;

private:
    void begin_second(std::uint64_t second);
    /// False where it is the first of its kind.
    [[nodiscard]] bool gather(const model::Verdict& verdict);
    void report_gathered();

    render::Output& next_;
    std::uint32_t per_second_;
    std::uint64_t second_ = 0; ///< of CLOCK_MONOTONIC
    std::uint32_t reported_ = 0;
    std::map<std::string, model::AlikeVerdicts> gathered_; ///< by what they have in common; at first none
};

} // namespace tcpblame::cli
