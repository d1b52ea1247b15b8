#include "capture/privileges.hpp"

#include "capture/capabilities.hpp"
#include "capture/owned_caps.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::capture {
namespace {

constexpr uid_t kNobody = 65534;

using Capabilities = std::vector<cap_value_t>;

/// These and no others; nothing inheritable, and so nothing ambient.
[[nodiscard]] bool become(const Capabilities& permitted, const Capabilities& effective) {
    const OwnedCaps caps(cap_init());
    const auto raise = [&](cap_flag_t set, const Capabilities& which) {
        return which.empty() ||
               cap_set_flag(caps.get(), set, static_cast<int>(which.size()), which.data(), CAP_SET) == 0;
    };
    return caps && raise(CAP_PERMITTED, permitted) && raise(CAP_EFFECTIVE, effective) && cap_set_proc(caps.get()) == 0;
}

class Dropping {
public:
    explicit Dropping(OwnedCaps had) : had_(std::move(had)) {}

    std::vector<Error> run(const std::function<bool()>& can_read_maps) {
        empty_bounding_set();
        if (geteuid() == 0) become_nobody();
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refused("it may still get privileges by execve()", errno);
        // No core of what the kernel reported, and no debugger of the same user that takes over our descriptors.
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) refused("processes of the same user may look into it", errno);
        keep_look_ups(can_read_maps);
        say_what_is_missing();
        return std::move(notes_);
    }

private:
    [[nodiscard]] bool has(cap_value_t capability) const { return is_set(had_, capability, CAP_PERMITTED); }

    void refused(const char* what, int error) {
        notes_.push_back({ExitCode::kPrivilege, what, std::strerror(error), {}});
    }

    /// Securebits would add nothing: with an empty set and no_new_privs, user 0 gets nothing by execve() either.
    void empty_bounding_set() {
        if (!is_set(had_, CAP_SETPCAP, CAP_EFFECTIVE)) return;
        for (cap_value_t each = 0; each < cap_max_bits(); ++each)
            if (cap_drop_bound(each) != 0) return refused("a program that it executed could get capabilities", errno);
    }

    /// User 0 without any capability still writes every file of root's, so it must not stay that. What is printed goes
    /// to a file that is open; what is read is read by capabilities. And the process that names functions, which is
    /// started later, could not become another user without CAP_SETUID, nor could we end it then without CAP_KILL.
    /// The price: other processes of nobody's may send us signals.
    void become_nobody() {
        if (!has(CAP_SETUID) || !has(CAP_SETGID)) {
            notes_.push_back({ExitCode::kPrivilege,
                              "it stays user 0, who may write root's files",
                              "CAP_SETUID and CAP_SETGID are missing",
                              {}});
        } else if (cap_setgroups(kNobody, 0, nullptr) != 0 || cap_setuid(kNobody) != 0) {
            refused("it stays user 0, who may write root's files", errno);
        }
    }

    [[nodiscard]] Capabilities look_ups() const {
        Capabilities kept;
        for (const Capability& each : look_up_capabilities())
            if (has(each.value)) kept.push_back(each.value);
        // Newer kernels show the maps to that, too (kernel/fork.c, may_access_mm(); 6.12 has it not, 6.18 has).
        if (!has(CAP_SYS_PTRACE) && has(CAP_PERFMON)) kept.push_back(CAP_PERFMON);
        return kept;
    }

    /// Before 5.19 (commit c8644cd0efe7 "bpf: refine kernel.unprivileged_bpf_disabled behaviour") even a lookup in a
    /// map that is open needed CAP_BPF where that sysctl is set: the counts of lost events, at the end.
    void keep_look_ups(const std::function<bool()>& can_read_maps) {
        Capabilities kept = look_ups();
        Capabilities permitted = kept;
        const cap_value_t for_maps = has(CAP_BPF) ? CAP_BPF : CAP_SYS_ADMIN;
        if (has(for_maps)) permitted.push_back(for_maps);
        if (!become(permitted, kept)) return refused("it keeps all its capabilities", errno);
        if (!can_read_maps()) kept = permitted;
        if (!become(kept, kept)) refused("it keeps more capabilities than it needs", errno);
    }

    void say_what_is_missing() {
        std::vector<std::string> missing;
        for (const Capability& each : look_up_capabilities())
            if (!has(each.value)) missing.push_back(fmt::format("{} ({})", each.gives, each.name));
        if (missing.empty()) return;
        notes_.push_back({ExitCode::kPrivilege, "some things cannot be looked up",
                          fmt::format("{}", fmt::join(missing, "; ")),
                          "verdicts are without them; grant these capabilities, or run it as root, to have them"});
    }

    OwnedCaps had_;
    std::vector<Error> notes_;
};

} // namespace

std::vector<Error> drop_privileges(const std::function<bool()>& can_read_maps) {
    OwnedCaps had(cap_get_proc());
    if (!had) return {{ExitCode::kPrivilege, "it keeps all its capabilities", std::strerror(errno), {}}};
    return Dropping(std::move(had)).run(can_read_maps);
}

} // namespace tcpblame::capture
