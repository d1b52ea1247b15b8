#include "record/interruptible_write.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::record {
namespace {

using Clock = std::chrono::steady_clock;

/// For a reader that is slow, and is there.
constexpr Clock::duration kGrace = std::chrono::seconds(1);
/// A signal may come just before the wait begins: then this ends it.
constexpr int kGlanceMs = 100;
/// What a pipe with room takes without waiting (pipe(7): PIPE_BUF).
constexpr std::size_t kMostAtOnce = 4096;

volatile std::sig_atomic_t g_asked_to_end = 0;

bool is_file(int fd) {
    struct stat status {};
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/// False where the time is over.
bool wait_for_room(int fd, std::optional<Clock::time_point>& until) {
    while (true) {
        pollfd room{fd, POLLOUT, 0};
        if (poll(&room, 1, kGlanceMs) > 0) return true; // or an error, which the write will say
        if (!is_asked_to_end()) continue;
        if (!until) until = Clock::now() + kGrace;
        if (Clock::now() >= *until) return false;
    }
}

} // namespace

void ask_to_end(bool asked) { g_asked_to_end = asked ? 1 : 0; }

bool is_asked_to_end() { return g_asked_to_end != 0; }

Written write_all(int fd, wire::Frame bytes) {
    const bool waits = !is_file(fd);
    std::optional<Clock::time_point> until;
    while (!bytes.empty()) {
        if (waits && !wait_for_room(fd, until)) return Written::kCut;
        const std::size_t size = waits ? std::min(bytes.size(), kMostAtOnce) : bytes.size();
        const ssize_t written = ::write(fd, bytes.data(), size);
        if (written >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        else if (errno == EPIPE)
            return Written::kClosed;
        else if (errno != EINTR && errno != EAGAIN) // a pipe may be non-blocking, and another have taken the room
            return Written::kFailed;
    }
    return Written::kAll;
}

} // namespace tcpblame::record
