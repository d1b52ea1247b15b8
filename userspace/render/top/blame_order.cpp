#include "render/top/blame_order.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

/// Whether one comes before the other by that column alone.
bool comes_before(const BlameRow& one, const BlameRow& other, BlameColumn by, const BlameTime& time) {
    switch (by) {
    case BlameColumn::kCount: return one.count > other.count;
    case BlameColumn::kRate:
        return one.rate.per_second(time.now_ns, time.since_ns) > other.rate.per_second(time.now_ns, time.since_ns);
    case BlameColumn::kLast: return one.last_ns > other.last_ns;
    case BlameColumn::kProcess: return one.process < other.process;
    case BlameColumn::kPeer: return one.peer < other.peer;
    case BlameColumn::kCause: return model::code_of(one.cause) < model::code_of(other.cause);
    }
    return false;
}

} // namespace

void sort(std::vector<BlameRow>& rows, const BlameOrder& order, const BlameTime& time) {
    // What is alike stays where it was, whatever has just been counted.
    std::sort(rows.begin(), rows.end(), [](const BlameRow& one, const BlameRow& other) { return one.id < other.id; });
    std::stable_sort(rows.begin(), rows.end(), [&](const BlameRow& one, const BlameRow& other) {
        return order.reversed ? comes_before(other, one, order.by, time) : comes_before(one, other, order.by, time);
    });
}

BlameColumn column_beside(BlameColumn column, int by) {
    const int next = (static_cast<int>(column) + by % kBlameColumnCount + kBlameColumnCount) % kBlameColumnCount;
    return static_cast<BlameColumn>(next);
}

} // namespace tcpblame::render
