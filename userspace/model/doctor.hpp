/// What a kernel offers to tcpblame, and what it costs.
#pragma once

#include <string>
#include <vector>

namespace tcpblame::model {

/// A program that does not play a role though it would play it better.
struct RefusedHook {
    std::string kind; ///< "fexit"
    std::string why;
};

struct HookReport {
    std::string role;                 ///< "write-failure"
    std::string kind;                 ///< "tracepoint"; empty: nothing plays it
    std::string attach_point;         ///< "tp_btf/sock_send_length"
    std::string costs;                ///< empty: nothing to speak of
    std::string loses;                ///< what is not shown so, or (without a kind) not at all
    std::vector<RefusedHook> refused; ///< best first
};

struct DoctorReport {
    std::string version;  ///< ours
    std::string kernel;   ///< uname -r, and the machine
    std::string lockdown; ///< "none", "integrity", "confidentiality"; empty: not known
    std::vector<HookReport> hooks;
    bool sends_pay = false; ///< a program of ours runs for a send that succeeds
};

} // namespace tcpblame::model
