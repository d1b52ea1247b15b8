#include "render/top/blames.hpp"

#include "render/parties.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::render {
namespace {

std::uint32_t pid_of(const model::Process* process) { return process == nullptr ? 0 : process->pid; }

} // namespace

void Blames::count(const model::Verdict& verdict) {
    BlameRow& row = row_of(verdict);
    const std::uint32_t pid = pid_of(verdict.process ? &*verdict.process : nullptr);
    const std::uint32_t peer_pid = pid_of(named_peer(verdict));
    const bool first = row.count == 0;
    row.process_pid = first || row.process_pid == pid ? pid : 0;
    row.peer_pid = first || row.peer_pid == peer_pid ? peer_pid : 0;
    row.confidence = std::max(row.confidence, verdict.confidence);
    ++row.count;
    row.rate.count(verdict.monotonic_ns);
    if (verdict.monotonic_ns < row.last_ns) return; // reported late
    row.last_ns = verdict.monotonic_ns;
    row.newest = std::make_shared<const model::Verdict>(verdict);
}

BlameRow& Blames::row_of(const model::Verdict& verdict) {
    Kind kind{verdict.cause, verdict.process ? name_at(*verdict.process, verdict.host) : "", peer_of(verdict)};
    if (const auto known = by_kind_.find(kind); known != by_kind_.end()) {
        rows_.splice(rows_.begin(), rows_, known->second);
        return rows_.front();
    }
    if (rows_.size() >= most_rows_) drop_last();
    BlameRow& row = rows_.emplace_front();
    row.id = next_id_++;
    row.cause = verdict.cause;
    row.process = std::get<1>(kind);
    row.peer = std::get<2>(kind);
    by_kind_.emplace(std::move(kind), rows_.begin());
    return row;
}

void Blames::drop_last() {
    if (rows_.empty()) return;
    const BlameRow& last = rows_.back();
    ++dropped_rows_;
    dropped_breaks_ += last.count;
    by_kind_.erase({last.cause, last.process, last.peer});
    rows_.pop_back();
}

} // namespace tcpblame::render
