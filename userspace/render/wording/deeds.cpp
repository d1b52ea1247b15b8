#include "render/wording/deeds.hpp"

#include "model/names.hpp"

namespace tcpblame::render {
namespace {

void add_act(Words& words, const model::Deed& deed) {
    switch (deed.act) {
    case model::Act::kClose: words.add("closed"); return;
    case model::Act::kShutdown: words.add("shut down its sending side"); return;
    case model::Act::kDisconnect: words.add("disconnected with connect(AF_UNSPEC)"); return;
    case model::Act::kListenerClosed: words.add("closed its listener with the connection not accepted yet"); return;
    case model::Act::kHeldOtherEnd: words.add("held it when tcpblame attached"); return;
    case model::Act::kAcceptQueueOverflow: words.add("had its accept queue full"); return;
    case model::Act::kConnectedOtherEnd: words.add("was at the other end when it was connected"); return;
    case model::Act::kExit: words.add("exited with status ", deed.exit_status); return;
    case model::Act::kKilled: words.add("was killed by ", model::signal_name(deed.signal)); return;
    }
}

} // namespace

void add_name(Words& words, const model::Process& process) {
    words.add(process.name);
    // From within a pid namespace, those outside of it have no pid.
    if (process.pid != 0) words.add(" (pid ", process.pid, ")");
    if (!process.host.empty()) words.add(" on ", process.host);
}

void add_deed(Words& words, const model::Deed& deed) {
    add_act(words, deed);
    if (deed.unread > 0)
        words.add(" with ", deed.unread, " B unread");
    else if (deed.linger_zero)
        words.add(" with SO_LINGER 0");
}

} // namespace tcpblame::render
