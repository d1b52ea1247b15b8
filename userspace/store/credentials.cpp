#include "store/credentials.hpp"

#include "base/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::store {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr mode_t kOfOthers = 077;

} // namespace

Result<Credentials> read_credentials(const std::string& path) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file)
        return fail(ExitCode::kFailure, fmt::format("cannot read {}", path), std::strerror(errno),
                    "--store-credentials names a file with USER:PASSWORD in it");
    struct stat status {};
    if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(ExitCode::kFailure, fmt::format("{} is no file", path), "credentials are kept in one");
    if ((status.st_mode & kOfOthers) != 0)
        return fail(ExitCode::kFailure, fmt::format("others may use {}", path),
                    fmt::format("its mode is {:04o}", status.st_mode & 07777), fmt::format("chmod 600 {}", path));
    std::array<char, kMostBytes> bytes{};
    const ssize_t got = read(file.get(), bytes.data(), bytes.size());
    std::string_view line(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    line = line.substr(0, line.find_first_of("\r\n"));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0)
        return fail(ExitCode::kFailure, fmt::format("{} holds no credentials", path),
                    "its first line is not USER:PASSWORD");
    return Credentials{std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
}

} // namespace tcpblame::store
