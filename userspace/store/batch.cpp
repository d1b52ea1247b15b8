#include "store/batch.hpp"

#include "store/row_binary.hpp"

#include <utility>

namespace tcpblame::store {

std::string_view insert_statement(Table table) {
    static_assert(kFrameColumns == "flow, numbers, host, run, sequence, time, time_ns, kind, frame");
    return table == Table::kFrames
               ? "INSERT INTO frames (flow, numbers, host, run, sequence, time, time_ns, kind, frame) FORMAT RowBinary"
               : "INSERT INTO verdicts FORMAT JSONEachRow";
}

void BatchMaker::put(const FrameRow& row) {
    if (frames_.rows++ == 0) {
        frames_.run = row.run;
        frames_.first = row.sequence;
    }
    append(frames_.body, row);
    if (frames_.body.size() >= kFullBytes) cut(frames_);
}

void BatchMaker::put(const VerdictRow& row) {
    if (verdicts_.rows++ == 0) verdicts_.run = row.run;
    verdicts_.body += to_json(row);
    if (verdicts_.body.size() >= kFullBytes) cut(verdicts_);
}

void BatchMaker::cut() {
    cut(frames_);
    cut(verdicts_);
}

void BatchMaker::cut(Batch& batch) {
    if (batch.rows == 0) return;
    const Table table = batch.table;
    sink_(std::exchange(batch, Batch{.table = table, .body = {}}));
}

} // namespace tcpblame::store
