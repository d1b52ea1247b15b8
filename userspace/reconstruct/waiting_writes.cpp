#include "reconstruct/waiting_writes.hpp"

#include <utility>

namespace tcpblame::reconstruct {

void WaitingWrites::add(BrokenWrite write) {
    writes_.push_back({std::move(write), ++reported_});
    const auto added = std::prev(writes_.end());
    // Of a SIGPIPE for what looks like a pipe, too: if a send of the thread follows, it was none.
    if ((added->sigpipe && !added->is_sent_signal() && !added->send) || added->awaits_sigpipe())
        expecting_.emplace(added->actor.tid, added);
}

template <typename Part>
bool WaitingWrites::join_any(const Part& event) {
    const auto [first, last] = expecting_.equal_range(event.actor.tid);
    auto newest = last;
    for (auto each = first; each != last; ++each)
        if (each->second->awaits(event) && (newest == last || newest->second->number < each->second->number))
            newest = each;
    if (newest == last) return false;
    const auto write = newest->second;
    write->join(event);
    if (write->send && !write->awaits_sigpipe()) expecting_.erase(newest);
    return true;
}

template bool WaitingWrites::join_any(const model::SendReturned& event);
template bool WaitingWrites::join_any(const model::SigpipeSent& event);

/// Kept aside: a process may have very many.
void WaitingWrites::join(const model::ProcessExited& event) {
    if (writes_.empty() || event.actor.pid == 0) return; // whose exit it is is not known
    constexpr std::size_t kFew = 64;
    if (exits_.size() > kFew + 2 * writes_.size())
        std::erase_if(exits_, [oldest = writes_.front().number](const auto& exit) {
            return exit.second.number < oldest; // nobody has waited that long
        });
    exits_.insert_or_assign(event.actor.pid, Exit{event, ++reported_});
}

const BrokenWrite& WaitingWrites::complete(Waiting& write) const {
    if (exits_.empty()) return write;
    const auto exit = exits_.find(write.actor.pid);
    if (exit != exits_.end() && exit->second.number > write.number) write.exit = exit->second.event;
    return write;
}

WaitingWrites::Place WaitingWrites::remove(Place write) {
    const auto [first, last] = expecting_.equal_range(write->actor.tid);
    for (auto each = first; each != last; ++each)
        if (each->second == write) {
            expecting_.erase(each);
            break;
        }
    return writes_.erase(write);
}

} // namespace tcpblame::reconstruct
