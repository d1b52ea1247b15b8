#include "cli/live/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

std::string taken_from_environment(const char* name) {
    const char* const value = std::getenv(name);
    std::string taken = value != nullptr ? value : "";
    unsetenv(name);
    return taken;
}

std::uint64_t number_in(const std::string& text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? number : 0;
}

} // namespace

ServiceManager ServiceManager::from_environment() {
    ServiceManager manager;
    std::string address = taken_from_environment("NOTIFY_SOCKET");
    const std::string watchdog = taken_from_environment("WATCHDOG_USEC");
    const std::string watched = taken_from_environment("WATCHDOG_PID");
    const bool is_unix = !address.empty() && (address.front() == '/' || address.front() == '@');
    if (!is_unix || address.size() >= sizeof(sockaddr_un::sun_path)) return manager;
    if (address.front() == '@') address.front() = '\0'; // an abstract one
    manager.socket_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    manager.address_ = std::move(address);
    if (watched.empty() || number_in(watched) == static_cast<std::uint64_t>(getpid()))
        manager.watchdog_ns_ = number_in(watchdog) * 1000;
    return manager;
}

/// Whether anybody listens is the manager's concern.
void ServiceManager::send(std::string_view lines) const {
    if (!socket_ || address_.empty()) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, address_.data(), address_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    static_cast<void>(
        sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size));
}

void ServiceManager::ready(std::string_view watching) { send(fmt::format("READY=1\nSTATUS=watching {}\n", watching)); }

void ServiceManager::is_alive(std::uint64_t now_ns) {
    if (watchdog_ns_ == 0 || now_ns < next_sign_ns_) return;
    send("WATCHDOG=1\n");
    next_sign_ns_ = now_ns + watchdog_ns_ / 2;
}

void ServiceManager::reloading(std::uint64_t now_ns) {
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", now_ns / 1000));
}

void ServiceManager::stopping() { send("STOPPING=1\n"); }

} // namespace tcpblame::cli
