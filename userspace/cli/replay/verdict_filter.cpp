#include "cli/replay/verdict_filter.hpp"

#include "render/community_id.hpp"

#include <algorithm>
#include <charconv>

namespace tcpblame::cli {
namespace {

using model::Process;
using model::Reason;
using model::Verdict;

bool is_called(const Process& process, std::string_view asked) {
    if (process.pid == 0 && process.name.empty() && process.comm.empty()) return false;
    if (asked == process.name || asked == process.comm) return true;
    std::uint32_t pid = 0;
    const auto read = std::from_chars(asked.data(), asked.data() + asked.size(), pid);
    return read.ec == std::errc{} && read.ptr == asked.data() + asked.size() && pid != 0 && pid == process.pid;
}

template <typename Optional>
bool is_called_so(const Optional& process, std::string_view asked) {
    return process && is_called(*process, asked);
}

bool has_part(const Reason& reason, std::string_view asked) {
    return is_called_so(reason.process, asked) || is_called_so(reason.sender, asked) ||
           (reason.peer && is_called(reason.peer->process, asked));
}

bool has_part(const Verdict& verdict, std::string_view asked) {
    return is_called_so(verdict.process, asked) || (verdict.peer && is_called(verdict.peer->process, asked)) ||
           is_called_so(verdict.killed_by, asked) || is_called_so(verdict.sender, asked) ||
           is_called_so(verdict.circumstances.other_holder, asked) ||
           std::any_of(verdict.why.begin(), verdict.why.end(),
                       [asked](const Reason& reason) { return has_part(reason, asked); });
}

bool is_caused_by(const Verdict& verdict, std::string_view code) {
    return code_of(verdict.cause) == code ||
           std::any_of(verdict.why.begin(), verdict.why.end(),
                       [code](const Reason& reason) { return code_of(reason.code) == code; });
}

bool is_about(const Verdict& verdict, std::string_view host, const ConnectionName& asked) {
    const bool is_here = asked.host.empty() || asked.host == host;
    if (verdict.connection && is_here &&
        (verdict.connection->id == asked.id || render::CommunityId(verdict.connection->tuple).view() == asked.id))
        return true;
    return verdict.joined && verdict.joined->id == asked.id &&
           (asked.host.empty() || asked.host == verdict.joined->host);
}

/// None is asked for, or any of them `fits`.
template <typename Asked, typename Fits>
bool any_or_all(const std::vector<Asked>& asked, const Fits& fits) {
    return asked.empty() || std::any_of(asked.begin(), asked.end(), fits);
}

} // namespace

bool VerdictFilter::matches(const Verdict& verdict, std::string_view host) const {
    return any_or_all(causes, [&](const std::string& code) { return is_caused_by(verdict, code); }) &&
           any_or_all(processes, [&](const std::string& name) { return has_part(verdict, name); }) &&
           any_or_all(connections, [&](const ConnectionName& name) { return is_about(verdict, host, name); });
}

} // namespace tcpblame::cli
