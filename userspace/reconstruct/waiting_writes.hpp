/// The failed writes whose verdict is still to come: what belongs to one of them is reported later.
#pragma once

#include "model/event.hpp"
#include "reconstruct/broken_write.hpp"

#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>

namespace tcpblame::reconstruct {

class WaitingWrites {
public:
    void add(BrokenWrite write);

    /// Adds what belongs to a write that waits for it, to the newest. False where none does.
    bool join(const model::SendReturned& event) { return join_any(event); }
    bool join(const model::SigpipeSent& event) { return join_any(event); }
    /// Belongs to all the writes of the process.
    void join(const model::ProcessExited& event);

    /// Those that `is_over` says are over are taken out, in the order in which they came.
    template <typename IsOver>
    void take_out(const IsOver& is_over) {
        for (auto write = writes_.begin(); write != writes_.end();)
            write = is_over(complete(*write)) ? remove(write) : std::next(write);
        if (writes_.empty()) exits_.clear();
    }

    auto begin() const { return writes_.begin(); }
    auto end() const { return writes_.end(); }

private:
    struct Waiting : BrokenWrite {
        std::uint64_t number = 0; ///< counts all that were reported of
    };
    using Place = std::list<Waiting>::iterator;
    struct Exit {
        model::ProcessExited event;
        std::uint64_t number = 0;
    };

    template <typename Part>
    bool join_any(const Part& event);
    const BrokenWrite& complete(Waiting& write) const;
    Place remove(Place write);

    std::list<Waiting> writes_;
    std::unordered_multimap<std::uint32_t, Place> expecting_; ///< by thread: its send, or its SIGPIPE, is to come
    std::unordered_map<std::uint32_t, Exit> exits_;           ///< by process: the newest
    std::uint64_t reported_ = 0;
};

} // namespace tcpblame::reconstruct
