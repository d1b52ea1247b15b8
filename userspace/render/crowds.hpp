/// Finds verdicts that come alike and in numbers, so that a person reads a few of them and one line about the rest.
#pragma once

#include "model/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcpblame::render {

/// What is said of the verdicts that are not shown one by one.
struct Crowd {
    model::Verdict first; ///< of the rest
    model::Tuple last;    ///< of the rest
    std::uint64_t count = 0;
    std::uint64_t earliest_ns = UINT64_MAX; ///< of all who are alike, the ones that were shown too
    std::uint64_t latest_ns = 0;
    std::uint64_t unacknowledged = 0; ///< bytes, of all of the rest
    bool one_remote = true;           ///< the rest had the same remote address
    bool one_peer = true;             ///< and were ended by the same process
    bool one_deed = true;             ///< and that in the same way
};

/// Equal where one line may speak for both. Neither a death nor a doubt may hide behind another verdict.
std::string kind_of(const model::Verdict& verdict);
/// One more of the rest; when it was is the caller's to say.
void join(Crowd& rest, const model::Verdict& verdict);

class Crowds {
public:
    using Show = std::function<void(const model::Verdict&)>;
    using SumUp = std::function<void(const Crowd&)>;

    /// `show` gets a verdict that is to be reported in full, `sum_up` the rest of a crowd.
    Crowds(Show show, SumUp sum_up);

    /// The first few of a kind are shown at once, unless they go on with a crowd. The next few wait until
    /// it is clear whether they are one: for a second, by the time of later verdicts and of pass().
    void add(const model::Verdict& verdict);
    /// It is `now_ns` by the verdicts' clock.
    void pass(std::uint64_t now_ns);
    /// Nothing comes any more.
    void finish();

private:
    struct Group {
        std::string kind; ///< what its verdicts have in common
        std::uint64_t until_ns = 0;
        std::size_t shown = 0;
        bool goes_on = false; ///< as a crowd, from the second before: none of it is new to the reader
        std::vector<model::Verdict> waiting;
        Crowd rest;
    };
    using Groups = std::list<Group>; // the one that is over first comes first

    Group& group_of(const model::Verdict& verdict);
    void disperse(Group& group);
    void disperse_first();

    Show show_;
    SumUp sum_up_;
    Groups groups_;
    std::unordered_map<std::string, Groups::iterator> by_kind_;
    std::uint64_t now_ns_ = 0;
};

} // namespace tcpblame::render
