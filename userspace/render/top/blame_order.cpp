#include "render/top/blame_order.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

/// Whether one comes before the other by that column alone.
bool comes_before(const BlameRow& left, const BlameRow& right, BlameColumn by, const BlameTime& time) {
    switch (by) {
    case BlameColumn::kCount: return left.count > right.count;
    case BlameColumn::kRate:
        return left.rate.per_second(time.now_ns, time.since_ns) > right.rate.per_second(time.now_ns, time.since_ns);
    case BlameColumn::kLast: return left.last_ns > right.last_ns;
    case BlameColumn::kProcess: return left.process < right.process;
    case BlameColumn::kPeer: return left.peer < right.peer;
    case BlameColumn::kCause: return model::code_of(left.cause) < model::code_of(right.cause);
    }
    return false;
}

} // namespace

void sort(std::vector<BlameRow>& rows, const BlameOrder& order, const BlameTime& time) {
    // What is alike stays where it was, whatever has just been counted.
    std::sort(rows.begin(), rows.end(), [](const BlameRow& one, const BlameRow& other) { return one.id < other.id; });
    std::stable_sort(rows.begin(), rows.end(), [&](const BlameRow& left, const BlameRow& right) {
        const BlameRow& first = order.reversed ? right : left;
        const BlameRow& second = order.reversed ? left : right;
        return comes_before(first, second, order.by, time);
    });
}

BlameColumn column_beside(BlameColumn column, int by) {
    const int next = (static_cast<int>(column) + by % kBlameColumnCount + kBlameColumnCount) % kBlameColumnCount;
    return static_cast<BlameColumn>(next);
}

} // namespace tcpblame::render
