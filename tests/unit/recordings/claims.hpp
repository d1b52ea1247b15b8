/// What a verdict claims as observed, held against the events alone: it knows nothing of how the core finds it.
///
/// Each claim needs an event that carries it, by what the kernel does (net/ipv4/tcp*.c, fs/pipe.c, net/unix/af_unix.c).
/// That one does is no proof that the claim is true; that none does proves that it was made up.
#pragma once

#include "recordings/witness.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tcpblame::recordings {

class Claims : private Witness {
public:
    Claims(const model::Verdict& verdict, const std::vector<model::Event>& events) : Witness(verdict, events) {}

    std::vector<std::string> uncarried();

private:
    // claims.cpp

    void need(bool carried, std::string claim);
    bool closed_with(int error) const;
    void check_cause();
    void check_peer_closed();
    /// The close with data unread, or with SO_LINGER 0.
    bool is_aborting_close(const model::StateChanged& event) const;
    void check_peer_aborted();
    void check_overflow();
    void check_between();
    void check_local_shutdown();
    void check_local_abort();
    void check_refused();
    void check_never_connected();
    void check_pipe();
    void check_unix();
    bool is_timeout_of(const model::StateChanged& event) const;
    static bool is_window_closed(const model::StateChanged& event);
    void check_timed_out();
    static model::IcmpKind icmp_of(int error);
    void check_unreachable();
    void check_killed_by_admin();
    void check_unknown_connection();
    void check_sent();
    void check_orderly();

    // claims_of_acts.cpp

    void check_peer();
    /// Before what it explains; where nothing broke it explains nothing.
    bool is_in_time(const model::Stamp& stamp) const;
    bool is_act(const model::StateChanged& event, const model::PeerAct& act) const;
    /// What /proc said of another process that has the pid is of that one: it is asked before an event of it is
    /// reported.
    bool is_exe_of(const model::Process& process) const;
    const Actor* next_act_of(std::uint32_t pid, std::size_t from) const;
    void check_processes();
    void check_first_close();
    /// The other end of a relay's other connection.
    bool is_behind_relay(const model::SocketView& socket) const;
    void check_reason(const model::Reason& reason);
    void check_signal(const model::Reason& reason);
    void check_crossed(const model::Reason& reason);
    void check_moved();
    void check_silence(const model::Reason& reason);
    bool is_peer_in(std::uint32_t netns) const;
    bool holds_peer(const model::Process& process) const;
    bool listens(const model::Process& process) const;
    /// A row says of itself whether it was seen.
    void check_rows();
    /// By the act of a process, or of the one that had its listener until it ended.
    bool names_peer(const std::string& name) const;

    std::vector<std::string> uncarried_;
};

/// Each claim that is reported as observed and that no event carries.
inline std::vector<std::string> uncarried_claims(const model::Verdict& verdict,
                                                 const std::vector<model::Event>& events) {
    return Claims(verdict, events).uncarried();
}

} // namespace tcpblame::recordings
