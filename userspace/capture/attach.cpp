#include "capture/attach.hpp"

#include "base/unique_fd.hpp"
#include "bpf/config.h" // the skeleton needs it
#include "capture/skipped_runs.hpp"
#include "capture/verifier_logs.hpp"
#include "tcpblame.skel.h"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/seccomp.h>
#include <set>
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

std::string target_of(const bpf_program* program) {
    const std::string_view section = bpf_program__section_name(program);
    return std::string(section.substr(section.find('/') + 1));
}

bool is_trampoline(const bpf_program* program) {
    const std::string_view section = bpf_program__section_name(program);
    return section.substr(0, 7) == "fentry/" || section.substr(0, 6) == "fexit/";
}

/// The function that a trampoline is for, in the kernel's BTF; not positive where there is none.
int function_of(const btf* kernel, const bpf_program* trampoline) {
    return btf__find_by_name_kind(kernel, target_of(trampoline).c_str(), BTF_KIND_FUNC);
}

/// Does the kernel have what the program is to be attached to? An answer only for what libbpf looks up in BTF before
/// it loads anything: there one that is missing fails the whole.
bool has_target(const btf* kernel, const bpf_program* program) {
    const std::string_view section = bpf_program__section_name(program);
    if (section.substr(0, 7) == "tp_btf/")
        return btf__find_by_name_kind(kernel, ("btf_trace_" + target_of(program)).c_str(), BTF_KIND_TYPEDEF) > 0;
    return !is_trampoline(program) || function_of(kernel, program) > 0;
}

/// What the kernel says to a program of two instructions there: 0, or a positive errno.
int try_trampoline(int function) {
    constexpr __u8 kR0 = 0;
    const std::array<bpf_insn, 2> program{bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, kR0, 0, 0, 0},
                                          bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
                .attach_btf_id = static_cast<__u32>(function));
    const UniqueFd loaded(
        bpf_prog_load(BPF_PROG_TYPE_TRACING, "trampoline", "Dual BSD/GPL", program.data(), program.size(), &options));
    return loaded ? 0 : errno;
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
        if (auto opened = reopen(); !opened) return tl::unexpected(opened.error());
        leave_out_what_has_no_target();
        try_a_trampoline();
        if (auto loaded = load(); !loaded) return tl::unexpected(loaded.error());
        for (const Hook* role : plan_.hooks)
            if (auto filled = fill(*role); !filled) return tl::unexpected(filled.error());
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
    void each_program(const Visit& visit) const {
        for (const Hook* role : plan_.hooks)
            for (const Candidate& candidate : role->candidates) {
                if (!is_admitted(*role, candidate)) continue;
                for (const Program& program : candidate.programs) visit(program.program(skeleton()));
                if (candidate.reentry_program) visit(candidate.reentry_program->program.program(skeleton()));
            }
    }

    Result<void> reopen() {
        auto opened = open_();
        if (!opened) return tl::unexpected(opened.error());
        cast_.skeleton = std::move(*opened);
        bpf_program* program = nullptr;
        while ((program = bpf_object__next_program(skeleton().obj, program)) != nullptr)
            bpf_program__set_autoload(program, false);
        each_program([this](bpf_program* one) { bpf_program__set_autoload(one, !left_out_.contains(name_of(one))); });
        return {};
    }

    static std::string name_of(const bpf_program* program) { return bpf_program__name(program); }

    void leave_out_what_has_no_target() {
        each_program([&](bpf_program* program) {
            if (!has_target(kernel_, program)) leave_out(program, "this kernel has none");
        });
    }

    /// To hear of it with all the others would mean to load them twice, and that is most of what attaching costs.
    void try_a_trampoline() {
        bpf_program* first = nullptr;
        each_program([&](bpf_program* program) {
            if (first == nullptr && is_trampoline(program) && !left_out_.contains(name_of(program))) first = program;
        });
        if (first == nullptr) return;
        drop_what_libbpf_said();
        const int error = try_trampoline(function_of(kernel_, first));
        if (means_none_of_its_kind(first, error)) leave_out(first, error);
    }

    void leave_out(bpf_program* program, std::string reason) {
        bpf_program__set_autoload(program, false);
        left_out_.insert(name_of(program));
        reasons_.emplace_back(name_of(program), std::move(reason));
    }

    /// 0, or a positive errno.
    int try_load() {
        drop_what_libbpf_said();
        logs_.renew(skeleton().obj);
        return -tcpblame_bpf::load(&skeleton());
    }

    /// All at once. Where that fails without the one that the verifier refused, as often as it takes; where it refused
    /// none, one by one, to see which it is.
    Result<void> load() {
        while (true) {
            const int error = try_load();
            if (error == 0) return {};
            bpf_program* culprit = VerifierLogs::refused_in(skeleton().obj);
            if (culprit == nullptr) break;
            leave_out(culprit, error);
            if (auto opened = reopen(); !opened) return opened;
        }
        return load_what_loads_alone();
    }

    /// A kernel that does not permit one trampoline permits none.
    static bool means_none_of_its_kind(const bpf_program* program, int error) {
        return (error == EPERM || error == ENOTSUP || error == kKernelsNotSupported) && is_trampoline(program);
    }

    void leave_out(bpf_program* culprit, int error) {
        const bool none_of_its_kind = means_none_of_its_kind(culprit, error);
        std::string reason = why(error);
        if (none_of_its_kind) reason = fmt::format("this kernel permits no trampoline ({})", meaning_of(error));
        leave_out(culprit, reason);
        if (!none_of_its_kind) return;
        each_program([&](bpf_program* program) {
            if (is_trampoline(program) && !left_out_.contains(name_of(program))) leave_out(program, reason);
        });
    }

    Result<void> load_what_loads_alone() {
        std::vector<std::string> names;
        each_program([&](bpf_program* program) {
            if (!left_out_.contains(name_of(program))) names.push_back(name_of(program));
        });
        const auto without_any = load_alone({});
        if (!without_any) return tl::unexpected(without_any.error());
        if (*without_any != 0)
            return cannot("the kernel refused the BPF programs", *without_any, why(*without_any), Refused::kMaps);
        for (const std::string& name : names) {
            const auto error = load_alone(name);
            if (!error) return tl::unexpected(error.error());
            if (*error != 0) leave_out(bpf_object__find_program_by_name(skeleton().obj, name.c_str()), why(*error));
        }
        if (auto opened = reopen(); !opened) return opened;
        if (const int error = try_load(); error != 0)
            return cannot("the kernel refused the BPF programs", error, why(error), Refused::kPrograms);
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

    std::string reason_for(const bpf_program* program) const {
        for (const auto& [name, reason] : reasons_)
            if (name == bpf_program__name(program)) return reason;
        return {};
    }

    /// Empty, or why it cannot be attached.
    std::string attach(const Program& program) {
        bpf_program* it = program.program(skeleton());
        if (left_out_.contains(name_of(it))) return reason_for(it);
        drop_what_libbpf_said();
        bpf_link*& link = *program.link(skeleton());
        link = bpf_program__attach(it);
        if (link != nullptr) return {};
        last_errno_ = errno;
        return why(errno);
    }

    /// Empty, or why it cannot be: the reentry program goes on in the candidate's own.
    std::string show_first_program(const Candidate& candidate) {
        const Program& first = candidate.programs.front();
        const bpf_program* it = first.program(skeleton());
        if (left_out_.contains(name_of(it))) return reason_for(it);
        const __u32 key = 0;
        const int fd = bpf_program__fd(it);
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
        if (candidate.needs_reset_reason && !plan_.reset_has_reason)
            return "the tracepoint is silent where there is no full socket (before 6.10)";
        std::string refusal;
        for (const Program& program : candidate.programs)
            if (refusal.empty()) refusal = attach(program);
        if (candidate.reentry_program && refusal.empty()) refusal = attach_reentry_program(candidate);
        if (!refusal.empty()) detach(candidate);
        return refusal;
    }

    Result<void> fill(const Hook& role) {
        Attachment attachment{&role, nullptr, {}};
        for (const Candidate& candidate : role.candidates) {
            std::string refusal = is_admitted(role, candidate) ? attach(candidate) : why_not_admitted(role, candidate);
            if (refusal.empty()) {
                attachment.chosen = &candidate;
                attachment.skipped_before = skipped_runs(skeleton(), candidate);
                break;
            }
            attachment.refused.push_back({&candidate, std::move(refusal)});
        }
        const bool is_forced = std::any_of(plan_.forced.begin(), plan_.forced.end(),
                                           [&](const ForcedHook& forced) { return forced.role == role.name; });
        if (attachment.chosen == nullptr && (role.required || is_forced)) {
            const auto tried =
                std::find_if(attachment.refused.rbegin(), attachment.refused.rend(),
                             [&](const Attachment::Refusal& refusal) { return is_admitted(role, *refusal.candidate); });
            const bool is_kprobe = std::string_view(tried->candidate->kind) == "kprobe";
            return cannot(fmt::format("cannot attach to {}", tried->candidate->attach_point), last_errno_, tried->why,
                          is_kprobe ? Refused::kKprobe : Refused::kOtherHook, &role);
        }
        cast_.attachments.push_back(std::move(attachment));
        return {};
    }

    const std::function<Result<Skeleton>()>& open_;
    const AttachPlan& plan_;
    const btf* kernel_;
    VerifierLogs logs_;
    Attached cast_;
    std::set<std::string> left_out_;
    std::vector<std::pair<std::string, std::string>> reasons_;
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
