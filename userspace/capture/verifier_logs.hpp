/// Finds the program that a kernel refused, by what its verifier wrote.
#pragma once

#include <bpf/libbpf.h>
#include <cstddef>
#include <cstdint>
#include <sys/mman.h>

namespace tcpblame::capture {

/// The verifier's words on each program. A load that fails leaves no program behind, and says by no other means than
/// text which one it was: it is the one of which the verifier has said something.
class VerifierLogs {
public:
    /// The most that a kernel before 5.17 takes (kernel/bpf/verifier.c). None of it is memory until it is written to;
    /// where a log did not fit, kernels before 6.4 say ENOSPC in place of what is wrong with the program.
    static constexpr std::size_t kBytes = UINT32_MAX >> 8;

    VerifierLogs() = default;
    VerifierLogs(const VerifierLogs&) = delete;
    VerifierLogs& operator=(const VerifierLogs&) = delete;
    ~VerifierLogs() { release(); }

    /// Empty ones for all programs that are to be loaded. Without room there are none, and no culprit is named.
    void renew(bpf_object* object) {
        release();
        std::size_t count = 0;
        each_loaded(object, [&](bpf_program* /*program*/) { ++count; });
        void* const got =
            mmap(nullptr, count * kStride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) return;
        logs_ = static_cast<char*>(got);
        bytes_ = count * kStride;
        char* log = logs_;
        each_loaded(object, [&](bpf_program* program) {
            bpf_program__set_log_buf(program, log, kBytes);
            log += kStride;
        });
    }

    /// nullptr where the kernel refused another thing, or a program before its verifier saw it.
    static bpf_program* refused_in(bpf_object* object) {
        bpf_program* refused = nullptr;
        each_loaded(object, [&](bpf_program* program) {
            std::size_t size = 0;
            const char* const log = bpf_program__log_buf(program, &size);
            if (log != nullptr && size > 0 && log[0] != '\0') refused = program;
        });
        return refused;
    }

private:
    static constexpr std::size_t kStride = std::size_t{16} << 20;

    template <typename Visit>
    static void each_loaded(bpf_object* object, const Visit& visit) {
        bpf_program* program = nullptr;
        while ((program = bpf_object__next_program(object, program)) != nullptr)
            if (bpf_program__autoload(program)) visit(program);
    }

    void release() {
        if (logs_ != nullptr) munmap(logs_, bytes_);
        logs_ = nullptr;
    }

    char* logs_ = nullptr;
    std::size_t bytes_ = 0;
};

} // namespace tcpblame::capture
