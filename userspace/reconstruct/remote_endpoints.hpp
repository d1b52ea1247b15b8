/// The endpoints that other recordings hold: the peers of ours, where they are on another host.
#pragma once

#include "model/event.hpp"
#include "reconstruct/clock_offset.hpp"
#include "reconstruct/endpoint.hpp"
#include "reconstruct/kills.hpp"
#include "reconstruct/losses.hpp"
#include "reconstruct/processes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::reconstruct {

/// A connection of a proxy that ended, which the proxy passed on by closing another one.
struct Relayed {
    Endpoint ended;                  ///< as the proxy's socket
    std::optional<Endpoint> peer;    ///< its other end, where that is on the same host
    std::unique_ptr<Relayed> before; ///< … and passed on what became of another one
};

/// A peer that is in another recording.
struct RemotePeer {
    Endpoint end; ///< its host() is empty where it is the host that reports, all the same
    std::string host;
    std::vector<model::Process> processes; ///< what is known besides of those that acted on it
    /// How wrong its times may be for who asks; nullopt: they cannot be compared.
    std::optional<std::uint64_t> uncertainty_ns;
    std::uint64_t seen_from_ns = 0; ///< the recording covers the time from here
    std::uint64_t seen_until_ns = 0;
    const Losses* losses = nullptr;     ///< of its recording
    const Kills* kills = nullptr;       ///< of its recording
    std::size_t run = 0;                ///< the number of its recording
    const Relayed* passed_on = nullptr; ///< what it passed on by closing
};

class RemoteEndpoints {
public:
    /// Each recording that is added has the next number, from 0 on.
    std::size_t add_run(std::string host, std::uint64_t began_ns, std::int64_t realtime_offset_ns);

    /// An end of which nothing more will be heard. What `processes` know of its actors is kept with it.
    void add(std::size_t run, const Endpoint& endpoint, const Processes& processes,
             std::unique_ptr<Relayed> passed_on = nullptr);
    /// What ended processes, or asked them to end.
    void add(std::size_t run, const model::SignalSent& sent) { runs_[run].deaths.emplace_back(sent); }
    void add(std::size_t run, const model::SigpipeSent& sent) { runs_[run].deaths.emplace_back(sent); }
    void add(std::size_t run, const model::OomKilled& killed) { runs_[run].deaths.emplace_back(killed); }
    void add(std::size_t run, const model::LostEvents& lost);
    void add(std::size_t run, const model::ClockSet& set);
    void end_run(std::size_t run, std::uint64_t ended_ns);

    /// To be called when all is added: finds how the clocks of the recordings are apart, and moves every time to that
    /// of the first; to one that is ahead of it where another host was up before the first one was.
    void align_clocks();
    /// As found by align_clocks(): from this recording's clock to the common one.
    const ClockOffset& clock_of(std::size_t run) const { return runs_[run].clock; }

    /// When the last of them ended, by the common clock.
    std::uint64_t ended_ns() const;

    /// The other end of a connection, in another recording than that with number `run`. By its addresses and ports and
    /// the initial sequence numbers of both directions; where those addresses are nowhere, by the numbers alone, as
    /// something between may have rewritten the rest. Two that fit are none. Hosts are named as recording `reporting`
    /// sees them.
    std::optional<RemotePeer> peer_of(std::size_t run, const Endpoint& us, std::size_t reporting) const;

    std::size_t size() const { return ends_.size(); }

private:
    struct End {
        Endpoint endpoint;
        std::vector<model::Process> processes;
        std::size_t run = 0;
        std::unique_ptr<Relayed> passed_on = nullptr;
    };

    struct Run {
        std::string host;
        std::uint64_t began_ns = 0;
        std::uint64_t ended_ns = 0;
        std::int64_t realtime_offset_ns = 0;
        std::int64_t offset_now_ns = 0; ///< where the clock was set: since
        /// The host may have slept for so long in all, and its clock stood still; or somebody set the time of day.
        std::uint64_t may_have_slept_ns = 0;
        std::vector<model::LostEvents> lost;
        Losses losses;
        std::vector<model::Event> deaths; ///< until the clocks are aligned
        Kills kills;
        ClockOffset clock; ///< to the first's
    };

    const End* find(std::size_t run, const Endpoint& us) const;
    const End* find_by_tuple(std::size_t run, const Endpoint& us) const;
    const End* find_by_isns(std::size_t run, const Endpoint& us) const;
    const End* only_one(const std::vector<const End*>& fitting) const;
    ClockOffset clock_between(std::size_t here, std::size_t there) const;
    void place_clocks();
    void keep_times_above_zero();

    std::vector<Run> runs_;
    std::deque<End> ends_;
    std::unordered_map<model::Tuple, std::vector<const End*>, model::TupleHash> by_tuple_;
    std::multimap<std::uint32_t, const End*> by_received_isn_;
};

} // namespace tcpblame::reconstruct
