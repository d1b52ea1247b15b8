#include "capture/skeleton.hpp"

#include "base/unique_fd.hpp"
#include "bpf/config.h" // the skeletons need it
#include "tcpblame.skel.h"
#include "tcpblame_old.skel.h"

#include <array>
#include <bpf/bpf.h>
#include <linux/bpf.h>

namespace tcpblame::capture {
namespace {

/// Is there an atomic addition that says what it has added to (5.12)? Tried, with a program of a few instructions.
bool has_atomic_fetch() {
    constexpr __u8 kR0 = 0;
    constexpr __u8 kR10 = 10;
    const std::array<bpf_insn, 4> program{
        bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, kR0, 0, 0, 0},                         // r0 = 0
        bpf_insn{BPF_STX | BPF_MEM | BPF_DW, kR10, kR0, -8, 0},                      // *(r10 - 8) = r0
        bpf_insn{BPF_STX | BPF_ATOMIC | BPF_DW, kR10, kR0, -8, BPF_ADD | BPF_FETCH}, // r0 = fetch_add(r10 - 8, r0)
        bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
    const UniqueFd loaded(
        bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "atomic_fetch", "GPL", program.data(), program.size(), nullptr));
    return static_cast<bool>(loaded);
}

} // namespace

void DestroySkeleton::operator()(tcpblame_bpf* skeleton) const { tcpblame_bpf::destroy(skeleton); }

/// Both are compiled of the same sources: the same maps and programs, by the same names.
Skeleton open_skeleton() {
    static const bool fetches = has_atomic_fetch();
    if (fetches) return Skeleton(tcpblame_bpf::open());
    Skeleton skeleton(static_cast<tcpblame_bpf*>(std::calloc(1, sizeof(tcpblame_bpf))));
    if (!skeleton || tcpblame_bpf__create_skeleton(skeleton.get()) != 0) return nullptr;
    // libbpf only reads them, and takes them so (bpftool's own code casts as well).
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    skeleton->skeleton->data = const_cast<void*>(tcpblame_old_bpf__elf_bytes(&skeleton->skeleton->data_sz));
    if (bpf_object__open_skeleton(skeleton->skeleton, nullptr) != 0) return nullptr;
    return skeleton;
}

} // namespace tcpblame::capture
