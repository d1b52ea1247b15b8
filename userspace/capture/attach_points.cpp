#include "capture/attach_points.hpp"

#include "base/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <linux/bpf.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

std::string_view section_of(const bpf_program* program) { return bpf_program__section_name(program); }

std::string target_of(const bpf_program* program) {
    const std::string_view section = section_of(program);
    return std::string(section.substr(section.find('/') + 1));
}

} // namespace

bool is_trampoline(const bpf_program* program) {
    return section_of(program).substr(0, 7) == "fentry/" || section_of(program).substr(0, 6) == "fexit/";
}

bool is_kprobe(const bpf_program* program) { return section_of(program).substr(0, 7) == "kprobe/"; }

bool kprobes_are_there() {
    constexpr std::array kSigns{"/sys/bus/event_source/devices/kprobe/type", "/sys/kernel/tracing/kprobe_events",
                                "/sys/kernel/debug/tracing/kprobe_events"};
    return std::any_of(kSigns.begin(), kSigns.end(), [](const char* sign) { return access(sign, F_OK) == 0; });
}

int function_of(const btf* kernel, const bpf_program* trampoline) {
    return btf__find_by_name_kind(kernel, target_of(trampoline).c_str(), BTF_KIND_FUNC);
}

bool has_target(const btf* kernel, const bpf_program* program) {
    if (section_of(program).substr(0, 7) == "tp_btf/")
        return btf__find_by_name_kind(kernel, ("btf_trace_" + target_of(program)).c_str(), BTF_KIND_TYPEDEF) > 0;
    return !is_trampoline(program) || function_of(kernel, program) > 0;
}

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

} // namespace tcpblame::capture
