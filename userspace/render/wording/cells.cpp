#include "render/wording/cells.hpp"

#include "model/names.hpp"
#include "render/orderly.hpp"
#include "render/wording/sentences.hpp"

#include <fmt/format.h>

namespace tcpblame::render {
namespace {

constexpr std::size_t kCellNameWidth = 32;
constexpr std::size_t kCellSyscallWidth = 24;

} // namespace

std::string name_and_pid(const model::Process& process, const Writing& writing) {
    const std::string name = name_of(process, writing, kCellNameWidth);
    return (process.pid == 0 ? name : fmt::format("{}[{}]", name, process.pid)) + host_words(process.host, writing);
}

std::string what_happened(const model::Verdict& verdict, const Writing& writing) {
    if (is_orderly(verdict)) return "closed";
    if (verdict.kind == model::VerdictKind::kTeardown) return broken_words(verdict.cause);
    // A SIGPIPE that a process sent has nothing to do with any write.
    if (!verdict.write || verdict.cause == model::Cause::kSentByProcess) return "SIGPIPE";
    const std::string& syscall = verdict.write->syscall;
    return fmt::format("{} = {}", syscall.empty() ? "write" : writing.safe(syscall, kCellSyscallWidth),
                       verdict.write->error > 0 ? model::errno_name(verdict.write->error) : "?");
}

std::string who_did_it(const model::Verdict& verdict, const Writing& writing, bool with_numbers) {
    if (verdict.peer) {
        const std::string who = name_and_pid(verdict.peer->process, writing);
        return fmt::format("{}{}{}", who, who.empty() ? "" : ": ", act_words(*verdict.peer));
    }
    if (verdict.killed_by) return "killed by " + name_and_pid(*verdict.killed_by, writing);
    if (verdict.sender) return "sent by " + name_and_pid(*verdict.sender, writing);
    if (!verdict.timeout) return {};
    return with_numbers ? timer_words(*verdict.timeout) : timer_name(*verdict.timeout);
}

} // namespace tcpblame::render
