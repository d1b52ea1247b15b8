#include "capture/attach.hpp"

#include "bpf/config.h" // the skeleton needs it
#include "capture/attach_points.hpp"
#include "capture/skipped_runs.hpp"
#include "capture/verifier_logs.hpp"
#include "tcpblame.skel.h"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <map>
#include <string_view>
#include <sys/prctl.h>
#include <utility>

namespace tcpblame::capture {
namespace {

/// Its first warning, for a person to read; the rest of its log is for its developers.
std::array<char, 512> g_libbpf_said{};

void drop_what_libbpf_said() { g_libbpf_said.front() = '\0'; }

/// Called from libbpf's C: it must not throw.
int keep_first_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN || g_libbpf_said.front() != '\0') return 0;
    return std::vsnprintf(g_libbpf_said.data(), g_libbpf_said.size(), format, arguments);
}

/// ENOTSUPP of include/linux/errno.h: no program should see it, and the C library has no words for it.
constexpr int kKernelsNotSupported = 524;

const char* meaning_of(int error) { return std::strerror(error == kKernelsNotSupported ? ENOTSUP : error); }

std::string why(int error) {
    std::string said = g_libbpf_said.data();
    drop_what_libbpf_said();
    while (said.ends_with('\n')) said.pop_back();
    return said.empty() ? meaning_of(error) : fmt::format("{} ({})", meaning_of(error), said);
}

/// A way that has to be asked for; empty if there is none.
std::string other_way(const Hook& role) {
    for (const Candidate& candidate : role.candidates)
        if (candidate.opt_in)
            return fmt::format("; --hook {}={} does without, but {}", role.name, candidate.kind, candidate.costs);
    return {};
}

enum class Refused : std::uint8_t { kMaps, kPrograms, kKprobe, kOtherHook };

/// Besides CAP_BPF and CAP_PERFMON, without which it does not come to this.
const char* what_permits(Refused refused) {
    // Before 5.11 the memory of maps is charged to the limit of locked memory (kernel/bpf/syscall.c).
    if (refused == Refused::kMaps && prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER)
        return "have the seccomp filter that it runs under allow bpf() (of a pod: seccompProfile); before Linux 5.11 "
               "also raise its limit of locked memory (ulimit -l unlimited)";
    if (refused == Refused::kMaps)
        return "raise its limit of locked memory (ulimit -l unlimited), or grant it CAP_SYS_RESOURCE";
    // Debian's kernels have a 3 that no CAP_PERFMON passes; without a perf PMU for kprobes, tracefs is written.
    if (refused == Refused::kKprobe)
        return "run it as root, set sysctl kernel.perf_event_paranoid to 2, or leave --hook out, so that it may choose";
    return "check that the kernel is not locked down (cat /sys/kernel/security/lockdown) and that "
           "this process has CAP_BPF and CAP_PERFMON";
}

tl::unexpected<Error> cannot(const std::string& what, int error, const std::string& reason, Refused refused,
                             const Hook* role = nullptr) {
    const bool denied = error == EPERM || error == EACCES;
    return fail(denied ? ExitCode::kPrivilege : ExitCode::kKernelCannot, what,
                role != nullptr ? fmt::format("{}; without it no verdict could say {}", reason, role->without_it)
                                : reason,
                denied ? what_permits(refused)
                       : "run tcpblame doctor to see what this kernel offers" + (role ? other_way(*role) : ""));
}

class Attacher {
public:
    Attacher(const std::function<Result<Skeleton>()>& open, const AttachPlan& plan, const btf* kernel)
        : open_(open), plan_(plan), kernel_(kernel) {}

    Result<Attached> direct() {
        do {
            if (auto opened = reopen(); !opened) return tl::unexpected(opened.error());
            if (!std::exchange(has_looked_, true)) look_what_there_is();
            if (auto loaded = load(); !loaded) return tl::unexpected(loaded.error());
            cast_.attachments.clear();
            for (const Hook* role : plan_.hooks)
                if (auto filled = fill(*role); !filled) return tl::unexpected(filled.error());
        } while (cast_.attachments.size() < plan_.hooks.size());
        return std::move(cast_);
    }

private:
    [[nodiscard]] tcpblame_bpf& skeleton() const { return *cast_.skeleton; }

    [[nodiscard]] bool is_admitted(const Hook& role, const Candidate& candidate) const {
        for (const ForcedHook& forced : plan_.forced)
            if (forced.role == role.name) return forced.kind == candidate.kind;
        return !candidate.opt_in;
    }

    static std::string why_not_admitted(const Hook& role, const Candidate& candidate) {
        if (!candidate.opt_in) return "not the one asked for";
        return fmt::format("only if asked for: --hook {}={}", role.name, candidate.kind);
    }

    template <typename Visit>
    void each_program_of(const Candidate& candidate, const Visit& visit) const {
        for (const Program& program : candidate.programs) visit(program.program(skeleton()));
        if (candidate.reentry_program) visit(candidate.reentry_program->program.program(skeleton()));
    }

    /// Empty, or why it cannot play its role.
    [[nodiscard]] std::string refusal_of(const Hook& role, const Candidate& candidate) const {
        if (!is_admitted(role, candidate)) return why_not_admitted(role, candidate);
        if (candidate.needs_reset_reason && !plan_.reset_has_reason)
            return "the tracepoint is silent where there is no full socket (before 6.10)";
        if (candidate.needs_reset_packet && !plan_.reset_has_packet)
            return "tcp_reset() does not get the packet (before 5.11)";
        if (const auto failed = not_attached_.find(&candidate); failed != not_attached_.end()) return failed->second;
        std::string refusal;
        each_program_of(candidate, [&](const bpf_program* program) {
            if (refusal.empty()) refusal = reason_for(program);
        });
        return refusal;
    }

    /// nullptr where there is none. Only these are loaded: to verify a program takes longer than all else here.
    [[nodiscard]] const Candidate* best_of(const Hook& role) const {
        for (const Candidate& candidate : role.candidates)
            if (refusal_of(role, candidate).empty()) return &candidate;
        return nullptr;
    }

    template <typename Visit>
    void each_program(const Visit& visit) const {
        for (const Hook* role : plan_.hooks)
            if (const Candidate* best = best_of(*role)) each_program_of(*best, visit);
    }

    Result<void> reopen() {
        auto opened = open_();
        if (!opened) return tl::unexpected(opened.error());
        cast_.skeleton = std::move(*opened);
        choose();
        return {};
    }

    void choose() {
        bpf_program* program = nullptr;
        while ((program = bpf_object__next_program(skeleton().obj, program)) != nullptr)
            bpf_program__set_autoload(program, false);
        each_program([](bpf_program* one) { bpf_program__set_autoload(one, true); });
    }

    static std::string name_of(const bpf_program* program) { return bpf_program__name(program); }

    /// What is refused as such: to hear of it when all are loaded would mean to load them twice.
    void look_what_there_is() {
        if (!kprobes_are_there()) no_kprobe_ = "this kernel has none";
        try_a_trampoline();
        for (const Hook* role : plan_.hooks)
            while (leaves_out_what_has_no_target(best_of(*role))) {}
        choose();
    }

    bool leaves_out_what_has_no_target(const Candidate* best) {
        if (best == nullptr) return false;
        const std::size_t before = reasons_.size();
        each_program_of(*best, [&](const bpf_program* program) {
            if (!has_target(kernel_, program)) leave_out(program, "this kernel has none");
        });
        return reasons_.size() > before;
    }

    void try_a_trampoline() {
        int function = 0;
        for (const Hook* role : plan_.hooks)
            for (const Candidate& candidate : role->candidates)
                if (is_admitted(*role, candidate))
                    each_program_of(candidate, [&](const bpf_program* program) {
                        if (function <= 0 && is_trampoline(program)) function = function_of(kernel_, program);
                    });
        if (function <= 0) return;
        drop_what_libbpf_said();
        if (const int error = try_trampoline(function); means_no_trampoline(error)) permit_no_trampoline(error);
    }

    /// A kernel that does not permit one trampoline permits none.
    static bool means_no_trampoline(int error) {
        return error == EPERM || error == ENOTSUP || error == kKernelsNotSupported;
    }

    void permit_no_trampoline(int error) {
        no_trampoline_ = fmt::format("this kernel permits no trampoline ({})", meaning_of(error));
    }

    void leave_out(const bpf_program* program, std::string reason) {
        reasons_.insert_or_assign(name_of(program), std::move(reason));
    }

    /// 0, or a positive errno.
    int try_load() {
        drop_what_libbpf_said();
        logs_.renew(skeleton().obj);
        return -tcpblame_bpf::load(&skeleton());
    }

    /// All at once. Where that fails, without the one that the verifier refused, as often as it takes; where it refused
    /// none, one by one, to see which it is.
    Result<void> load() {
        while (true) {
            const int error = try_load();
            if (error == 0) return {};
            const std::size_t before = reasons_.size();
            if (const bpf_program* culprit = VerifierLogs::refused_in(skeleton().obj))
                leave_out(culprit, error);
            else if (auto left_out = leave_out_what_does_not_load(); !left_out)
                return left_out;
            if (reasons_.size() == before)
                return cannot("the kernel refused the BPF programs", error, why(error), Refused::kPrograms);
            if (auto opened = reopen(); !opened) return opened;
        }
    }

    void leave_out(const bpf_program* culprit, int error) {
        std::string reason = why(error);
        if (is_trampoline(culprit) && means_no_trampoline(error)) permit_no_trampoline(error);
        leave_out(culprit, std::move(reason));
    }

    Result<void> leave_out_what_does_not_load() {
        std::vector<std::string> names;
        each_program([&](const bpf_program* program) { names.push_back(name_of(program)); });
        const auto without_any = load_alone({});
        if (!without_any) return tl::unexpected(without_any.error());
        if (*without_any != 0)
            return cannot("the kernel refused the BPF programs", *without_any, why(*without_any), Refused::kMaps);
        for (const std::string& name : names) {
            const auto error = load_alone(name);
            if (!error) return tl::unexpected(error.error());
            if (*error != 0) leave_out(bpf_object__find_program_by_name(skeleton().obj, name.c_str()), why(*error));
        }
        return {};
    }

    /// Of all programs this one, or none: 0, or a positive errno.
    Result<int> load_alone(const std::string& name) {
        if (auto opened = reopen(); !opened) return tl::unexpected(opened.error());
        bpf_program* program = nullptr;
        while ((program = bpf_object__next_program(skeleton().obj, program)) != nullptr)
            bpf_program__set_autoload(program, name_of(program) == name);
        return try_load();
    }

    /// Empty, or why it is not to be loaded.
    [[nodiscard]] std::string reason_for(const bpf_program* program) const {
        if (!no_trampoline_.empty() && is_trampoline(program)) return no_trampoline_;
        if (!no_kprobe_.empty() && is_kprobe(program)) return no_kprobe_;
        const auto known = reasons_.find(name_of(program));
        return known != reasons_.end() ? known->second : "";
    }

    /// Empty, or why it cannot be attached.
    std::string attach(const Program& program) {
        drop_what_libbpf_said();
        bpf_link*& link = *program.link(skeleton());
        link = bpf_program__attach(program.program(skeleton()));
        if (link != nullptr) return {};
        last_errno_ = errno;
        return why(errno);
    }

    /// Empty, or why it cannot be: the reentry program goes on in the candidate's own.
    std::string show_first_program(const Candidate& candidate) {
        const Program& first = candidate.programs.front();
        const __u32 key = 0;
        const int fd = bpf_program__fd(first.program(skeleton()));
        const bpf_map* place = candidate.reentry_program->first(skeleton());
        if (bpf_map__update_elem(place, &key, sizeof(key), &fd, sizeof(fd), BPF_ANY) == 0) return {};
        last_errno_ = errno;
        return why(errno);
    }

    void detach(const Candidate& candidate) {
        const auto destroy = [this](const Program& program) {
            bpf_link*& link = *program.link(skeleton());
            if (link != nullptr) bpf_link__destroy(std::exchange(link, nullptr));
        };
        for (const Program& program : candidate.programs) destroy(program);
        if (candidate.reentry_program) destroy(candidate.reentry_program->program);
    }

    /// The reentry program last, so that the kernel calls it last (func_add() in kernel/tracepoint.c). What the first
    /// has left for it by then, it has not seen.
    std::string attach_reentry_program(const Candidate& candidate) {
        if (std::string refusal = show_first_program(candidate); !refusal.empty()) return refusal;
        std::string refusal = attach(candidate.reentry_program->program);
        if (refusal.empty())
            for (cpu_state& cpu : skeleton().bss->cpu_state)
                std::fill_n(cpu.seen[candidate.reentry_program->reentry_hook], EVENTS_SEEN, 0);
        return refusal;
    }

    std::string attach(const Candidate& candidate) {
        std::string refusal;
        for (const Program& program : candidate.programs)
            if (refusal.empty()) refusal = attach(program);
        if (candidate.reentry_program && refusal.empty()) refusal = attach_reentry_program(candidate);
        if (!refusal.empty()) detach(candidate);
        return refusal;
    }

    /// Puts an attachment, or none where another candidate has to be loaded first.
    Result<void> fill(const Hook& role) {
        const Candidate* best = best_of(role);
        if (best != nullptr) {
            std::string refusal = attach(*best);
            if (!refusal.empty()) {
                not_attached_.emplace(best, std::move(refusal));
                if (best_of(role) != nullptr) return {};
                best = nullptr;
            }
        }
        Attachment attachment{&role, best, {}};
        for (const Candidate& candidate : role.candidates) {
            if (&candidate == best) break;
            attachment.refused.push_back({&candidate, refusal_of(role, candidate)});
        }
        if (best != nullptr) attachment.skipped_before = skipped_runs(skeleton(), *best);
        const bool is_forced = std::any_of(plan_.forced.begin(), plan_.forced.end(),
                                           [&](const ForcedHook& forced) { return forced.role == role.name; });
        if (attachment.chosen == nullptr && (role.required || is_forced)) {
            const auto tried =
                std::find_if(attachment.refused.rbegin(), attachment.refused.rend(),
                             [&](const Attachment::Refusal& refusal) { return is_admitted(role, *refusal.candidate); });
            const bool by_kprobe = std::string_view(tried->candidate->kind) == "kprobe";
            return cannot(fmt::format("cannot attach to {}", tried->candidate->attach_point), last_errno_, tried->why,
                          by_kprobe ? Refused::kKprobe : Refused::kOtherHook, &role);
        }
        cast_.attachments.push_back(std::move(attachment));
        return {};
    }

    const std::function<Result<Skeleton>()>& open_;
    const AttachPlan& plan_;
    const btf* kernel_;
    VerifierLogs logs_;
    Attached cast_;
    bool has_looked_ = false;
    std::map<std::string, std::string> reasons_; ///< why a program is left out, by its name
    std::string no_trampoline_;                  ///< why none of them can be had; empty where they can
    std::string no_kprobe_;
    std::map<const Candidate*, std::string> not_attached_;
    int last_errno_ = 0;
};

} // namespace

void keep_libbpf_quiet() {
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(keep_first_warning);
}

Result<Attached> attach_hooks(const std::function<Result<Skeleton>()>& open, const AttachPlan& plan, const btf* types) {
    return Attacher(open, plan, types).direct();
}

} // namespace tcpblame::capture
