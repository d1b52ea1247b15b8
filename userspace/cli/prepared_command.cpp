#include "cli/prepared_command.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

enum class Step : std::uint8_t { kReady, kBecomeUser, kFind, kExecute };

/// What the child says, before it waits and where the kernel refuses to execute its file.
struct Word {
    Step step;
    int error;
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// 0, or why no file is to be had that may be executed: found as execvp(3) would find it.
int error_of_finding(const std::string& name) {
    const auto error_of = [](const std::string& path) {
        struct stat status {};
        if (stat(path.c_str(), &status) != 0) return errno;
        if (!S_ISREG(status.st_mode)) return EACCES;
        return access(path.c_str(), X_OK) == 0 ? 0 : errno;
    };
    if (name.find('/') != std::string::npos) return error_of(name);
    if (name.empty()) return ENOENT;
    const char* variable = std::getenv("PATH");
    std::string_view path = variable == nullptr ? "/bin:/usr/bin" : variable;
    int worst = ENOENT;
    for (bool is_last = false; !is_last;) {
        const std::size_t colon = path.find(':');
        is_last = colon == std::string_view::npos;
        const std::string_view folder = path.substr(0, colon);
        const int error = error_of(fmt::format("{}/{}", folder.empty() ? "." : folder, name));
        if (error == 0) return 0;
        if (error == EACCES) worst = error;
        if (!is_last) path.remove_prefix(colon + 1);
    }
    return worst;
}

[[noreturn]] void say_and_end(int line, Step step, int error) {
    const Word word{step, error};
    send(line, &word, sizeof(word), MSG_NOSIGNAL);
    _exit(EXIT_FAILURE);
}

/// The child, until it becomes the command.
[[noreturn]] void wait_and_execute(int line, std::vector<std::string> words, const std::optional<capture::User>& user) {
    // So that it is called what it will be, where it is reported what is watched.
    static_cast<void>(prctl(PR_SET_NAME, std::string(base_name(words.front())).c_str()));
    if (!capture::keep_capabilities_from_commands()) say_and_end(line, Step::kBecomeUser, errno);
    if (user) {
        if (!capture::become(*user)) say_and_end(line, Step::kBecomeUser, errno);
        capture::take_environment_of(*user);
    }
    if (const int error = error_of_finding(words.front()); error != 0) say_and_end(line, Step::kFind, error);
    const Word ready{Step::kReady, 0};
    char go = 0;
    if (send(line, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 || recv(line, &go, sizeof(go), 0) != sizeof(go))
        _exit(EXIT_FAILURE); // nobody wants it any more
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    say_and_end(line, Step::kExecute, errno);
}

/// nullopt where it ends without a word: it runs, or has been killed.
std::optional<Word> next_word(int line) {
    Word word{};
    ssize_t got = 0;
    do got = recv(line, &word, sizeof(word), 0);
    while (got < 0 && errno == EINTR);
    if (got != sizeof(word)) return std::nullopt;
    return word;
}

Error error_of(const Word& word, const std::string& name) {
    if (word.step == Step::kBecomeUser)
        return {ExitCode::kPrivilege, "the command cannot be run as that user", std::strerror(word.error),
                "run tcpblame as root (sudo tcpblame run …), or leave --user out"};
    const bool is_missing = word.error == ENOENT;
    return {is_missing ? ExitCode::kCommandNotFound : ExitCode::kCannotExecute, fmt::format("cannot run {}", name),
            std::strerror(word.error),
            is_missing ? "check its name; sudo may have another PATH: name it with its folder, then"
                       : "see whether it is a program, and who may execute it, with: ls -l"};
}

} // namespace

Result<PreparedCommand> PreparedCommand::prepare(const std::vector<std::string>& words,
                                                 const std::optional<capture::User>& user,
                                                 const ForwardedSignals& signals) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ExitCode::kFailure, "cannot prepare the command", std::strerror(errno));
    UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    const pid_t pid = fork();
    if (pid < 0)
        return fail(ExitCode::kFailure, "cannot start a process for the command", std::strerror(errno),
                    "check the limits of processes (ulimit -u, and the cgroup's)");
    if (pid == 0) {
        ours = UniqueFd(); // or it would not see that nobody wants it any more
        signals.give_back();
        wait_and_execute(theirs.get(), words, user);
    }
    PreparedCommand command(pid, std::move(ours), words.front());
    const auto word = next_word(command.line_.get());
    if (!word) return fail(ExitCode::kFailure, "the process for the command ended before it began");
    if (word->step != Step::kReady) return tl::unexpected(error_of(*word, command.name_));
    return command;
}

PreparedCommand::~PreparedCommand() {
    if (!line_) return;
    line_ = UniqueFd();
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

Result<void> PreparedCommand::release() {
    const UniqueFd line = std::move(line_);
    constexpr char kGo = 1;
    send(line.get(), &kGo, sizeof(kGo), MSG_NOSIGNAL); // one that was killed meanwhile reports that by its end
    if (const auto word = next_word(line.get())) return tl::unexpected(error_of(*word, name_));
    return {};
}

} // namespace tcpblame::cli
