#include "render/parties.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

/// Without a port that says nothing: of a peer that came to us, it is another one each time.
std::string address_of(const model::ConnectionFacts& connection) {
    std::string text = model::to_string(connection.tuple.remote);
    if (connection.opened_by != model::OpenedBy::kUs) text.resize(std::min(text.size(), text.rfind(':')));
    return text;
}

} // namespace

std::string name_at(const model::Process& process, const std::string& host) {
    std::string name = process.name.empty() ? process.comm : process.name;
    const std::string& where = process.host.empty() ? host : process.host;
    if (!name.empty() && !where.empty()) name += " on " + where;
    return name;
}

const model::Process* named_peer(const model::Verdict& verdict) {
    for (const model::Process* process :
         {verdict.peer ? &verdict.peer->process : nullptr, verdict.killed_by ? &*verdict.killed_by : nullptr,
          verdict.sender ? &*verdict.sender : nullptr})
        if (process != nullptr && !name_at(*process, "").empty()) return process;
    return nullptr;
}

std::string peer_of(const model::Verdict& verdict) {
    if (const model::Process* process = named_peer(verdict)) return name_at(*process, "");
    return verdict.connection ? address_of(*verdict.connection) : "";
}

} // namespace tcpblame::render
