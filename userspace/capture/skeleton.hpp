/// The BPF programs, compiled for the running kernel, opened and not loaded yet.
#pragma once

#include <memory>

struct tcpblame_bpf;

namespace tcpblame::capture {

struct DestroySkeleton {
    void operator()(tcpblame_bpf* skeleton) const;
};
using Skeleton = std::unique_ptr<tcpblame_bpf, DestroySkeleton>;

/// nullptr, and errno, where memory or libbpf fails.
Skeleton open_skeleton();

} // namespace tcpblame::capture
