#include "cli/await_command.hpp"

#include <csignal>
#include <initializer_list>
#include <sys/wait.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

/// The terminal's job is this one: it is the shell that should get it back.
bool has_the_terminal(pid_t command) {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const pid_t foreground = tcgetpgrp(fd);
        if (foreground > 0) return foreground == getpgrp() || foreground == getpgid(command);
    }
    return false;
}

class Awaited {
public:
    Awaited(pid_t command, bool with_children) : command_(command), with_children_(with_children) {}

    bool is_over() const { return is_over_; }
    int status() const { return status_; }

    /// Looks at all children that have ended or stopped.
    void look() {
        while (!is_over_) {
            siginfo_t info{};
            if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG) != 0) { // no child is left
                is_over_ = true;
            } else if (info.si_pid == 0) {
                return;
            } else if (info.si_pid == command_ && info.si_code == CLD_STOPPED) {
                stop_along();
            } else if (info.si_pid == command_) {
                constexpr int kKilled = 128;
                has_ended_ = true;
                status_ = info.si_code == CLD_EXITED ? info.si_status : kKilled + info.si_status;
                is_over_ = !with_children_;
            }
        }
    }

    void pass_on(const siginfo_t& signal) {
        if (has_ended_) {
            is_over_ = true; // it is only the children that are waited for
            return;
        }
        // What comes of the kernel, by a key or a terminal that goes away, comes to the whole process group.
        const bool is_sent = signal.si_code <= 0;
        if (is_sent && signal.si_pid != command_) kill(command_, signal.si_signo);
    }

private:
    /// A command that stops only itself, as a pager does at Ctrl-Z, leaves us between it and the shell.
    void stop_along() const {
        if (!has_the_terminal(command_)) return;
        raise(SIGSTOP);
        kill(command_, SIGCONT);
    }

    pid_t command_;
    bool with_children_;
    int status_ = 0;
    bool has_ended_ = false; ///< the command; its children may live on
    bool is_over_ = false;
};

} // namespace

int await_command(pid_t command, bool with_children, const ForwardedSignals& signals) {
    Awaited awaited(command, with_children);
    awaited.look(); // one that could not even be executed ended before
    while (!awaited.is_over()) {
        const siginfo_t signal = signals.next();
        if (signal.si_signo == SIGCHLD)
            awaited.look();
        else
            awaited.pass_on(signal);
    }
    return awaited.status();
}

} // namespace tcpblame::cli
