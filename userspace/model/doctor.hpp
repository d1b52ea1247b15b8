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

struct MissingCapability {
    std::string name;  ///< "CAP_SYS_PTRACE"
    std::string gives; ///< what is not there without it
};

struct DoctorReport {
    std::string version;  ///< ours
    std::string kernel;   ///< uname -r, and the machine
    std::string btf;      ///< where the kernel's is; empty: there is none that can be read
    std::string lockdown; ///< "none", "integrity", "confidentiality"; empty: not known
    std::vector<MissingCapability> missing_capabilities;
    std::string cannot_attach;     ///< why there are no hooks; empty: there are
    std::vector<HookReport> hooks; ///< as they are attached
    bool sends_pay = false;        ///< a program of ours runs for a send that succeeds
};

} // namespace tcpblame::model
