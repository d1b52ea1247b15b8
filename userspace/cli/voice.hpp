/// What one recording has to tell, as far as the command line asks for it.
#pragma once

#include "cli/options.hpp"
#include "cli/span.hpp"
#include "cli/tally.hpp"
#include "cli/teller.hpp"
#include "model/wall_clock.hpp"
#include "reconstruct/reconstruction.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tcpblame::cli {

/// What the voices of several recordings have in common.
struct Chorus {
    std::set<std::pair<std::string, std::string>> ends; ///< of connections that ended well: host and id
    model::WallClock clock;                             ///< the time of day by which all are told
    Tally passed_over;                                  ///< what was not asked for
};

class Voice : public reconstruct::Audience {
public:
    struct Place {
        std::string host;
        bool name_host = false;             ///< recordings of several are told
        std::optional<std::uint64_t> count; ///< the run was to end after so many verdicts
        bool sets_clock = false;            ///< its host's time of day is that of all
    };

    Voice(const Options& options, const Span& span, Place place, Chorus& chorus, Teller& teller)
        : options_(options), span_(span), place_(std::move(place)), chorus_(chorus), teller_(teller) {}

    void verdict(model::Verdict&& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void clock_set(const model::ClockSet& set) override;

private:
    bool matches(const model::Verdict& verdict) const;
    /// A connection that ended well is told once, from whichever end is told first.
    bool was_told(const model::Verdict& verdict);

    const Options& options_;
    Span span_;
    Place place_;
    Chorus& chorus_;
    Teller& teller_;
    Tally tally_;
};

} // namespace tcpblame::cli
