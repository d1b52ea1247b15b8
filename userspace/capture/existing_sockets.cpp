#include "capture/existing_sockets.hpp"

#include "bpf/wire.h"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <vector>

namespace tcpblame::capture {
namespace {

tl::unexpected<Error> cannot(const char* step) {
    return fail(ExitCode::kKernelCannot, "cannot list the connections that are open already",
                std::string(step) + ": " + std::strerror(errno));
}

/// The size of the event that the bytes begin with; 0 where it is not all there yet.
std::size_t whole_event(wire::Frame bytes) {
    wire_header header;
    if (bytes.size() < sizeof(header)) return 0;
    std::memcpy(&header, bytes.data(), sizeof(header));
    return header.size >= sizeof(header) && header.size <= bytes.size() ? header.size : 0;
}

} // namespace

Result<UniqueFd> open_existing_sockets(const bpf_link* iterator) {
    UniqueFd fd(bpf_iter_create(bpf_link__fd(iterator)));
    if (!fd) return cannot("creating the iterator over open files");
    return fd;
}

Result<void> read_existing_sockets(const UniqueFd& fd, const wire::FrameSink& sink) {
    // One read gives as much as the kernel's buffer holds; an event may be cut at its end.
    wire::FrameBytes pending;
    std::array<std::byte, 64 * sizeof(wire_existing)> buffer{};
    while (true) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got < 0) return cannot("reading the iterator over open files");
        if (got == 0) return {};
        pending.insert(pending.end(), buffer.begin(), buffer.begin() + got);
        std::size_t done = 0;
        while (const std::size_t size = whole_event(wire::Frame(pending).subspan(done))) {
            sink(wire::Frame(pending).subspan(done, size));
            done += size;
        }
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(done));
    }
}

} // namespace tcpblame::capture
