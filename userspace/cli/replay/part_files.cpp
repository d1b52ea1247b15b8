#include "cli/replay/part_files.hpp"

#include "cli/replay/stored_window.hpp"
#include "record/writer.hpp"
#include "store/row_binary.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>

namespace tcpblame::cli {
namespace {

/// Of one question: the engine sorts its answer in memory.
constexpr std::uint64_t kRowsAtOnce = 500'000;
constexpr std::size_t kRangesAtOnce = 100;

constexpr std::uint64_t kSequencesOfPart = std::uint64_t{1} << store::kIndexBits;

bool follows(const PartFile& part, const PartFile& next) {
    return part.key.run == next.key.run && part.key.host == next.key.host && part.key.part + 1 == next.key.part;
}

/// How many parts from the first on are asked for in one question.
std::size_t number_at_once(std::span<const PartFile> parts) {
    std::uint64_t rows = 0;
    std::size_t ranges = 0;
    for (std::size_t at = 0; at < parts.size(); ++at) {
        rows += parts[at].rows;
        if (at == 0 || !follows(parts[at - 1], parts[at])) ++ranges;
        if (at != 0 && (rows > kRowsAtOnce || ranges > kRangesAtOnce)) return at;
    }
    return parts.size();
}

std::string query_of(std::span<const PartFile> parts) {
    std::set<std::uint64_t> runs;
    std::string ranges;
    for (std::size_t begin = 0, end = 1; begin < parts.size(); begin = end++) {
        while (end < parts.size() && follows(parts[end - 1], parts[end])) ++end;
        const store::PartKey& first = parts[begin].key;
        runs.insert(first.run);
        ranges +=
            fmt::format("{}(run = {} AND host = {} AND sequence >= {} AND sequence < {})", ranges.empty() ? "" : " OR ",
                        first.run, store::quoted(first.host), store::sequence_of(first.part, 0),
                        store::sequence_of(parts[end - 1].key.part, 0) + kSequencesOfPart);
    }
    return fmt::format("SELECT run, sequence, kind, frame FROM frames PREWHERE run IN ({}) WHERE {} "
                       "ORDER BY run, sequence FORMAT RowBinary",
                       fmt::join(runs, ","), ranges);
}

/// Writes the rows of some parts, which come one part after another.
class PartWriter {
public:
    explicit PartWriter(std::span<PartFile> parts) : parts_(parts) {}

    void take(std::uint64_t run, std::uint64_t sequence, std::uint16_t kind, std::string_view frame) {
        if (!written_) return;
        const std::uint64_t number = sequence / kSequencesOfPart;
        if (part_ == nullptr || part_->key.run != run || part_->key.part != number) begin(run, number);
        if (rebuilder_) rebuilder_->take(sequence, kind, frame);
    }

    Result<void> finish() {
        conclude();
        return written_;
    }

private:
    void begin(std::uint64_t run, std::uint64_t number) {
        conclude();
        const auto part = std::find_if(parts_.begin(), parts_.end(), [&](const PartFile& each) {
            return each.key.run == run && each.key.part == number;
        });
        if (part == parts_.end() || !written_) return; // no part that was asked for
        auto writer = record::Writer::create(part->path);
        if (!writer) {
            written_ = tl::unexpected(writer.error());
            return;
        }
        part_ = &*part;
        writer_ = std::move(*writer);
        rebuilder_.emplace(part_->key, [this](wire::Frame frame) { writer_->put(frame); });
    }

    void conclude() {
        if (!rebuilder_) return;
        if (part_->is_last) rebuilder_->conclude();
        part_->rebuilt = rebuilder_->result();
        written_ = writer_->finish();
        rebuilder_.reset();
        part_ = nullptr;
    }

    std::span<PartFile> parts_;
    PartFile* part_ = nullptr; ///< whose rows come
    std::unique_ptr<record::Writer> writer_;
    std::optional<store::Rebuilder> rebuilder_;
    Result<void> written_;
};

Result<void> fetch_at_once(store::Engine& engine, std::span<PartFile> parts) {
    PartWriter writer(parts);
    const auto take = [&](store::BinaryReader& reader) {
        std::uint64_t run = 0;
        std::uint64_t sequence = 0;
        std::uint16_t kind = 0;
        std::string_view frame;
        if (!reader.take(run) || !reader.take(sequence) || !reader.take(kind) || !reader.take(frame)) return false;
        writer.take(run, sequence, kind, frame);
        return true;
    };
    auto asked = select_rows(engine, query_of(parts), take);
    if (auto written = writer.finish(); !written) return written;
    return asked;
}

} // namespace

Result<void> fetch_parts(store::Engine& engine, std::vector<PartFile>& parts) {
    std::span<PartFile> rest(parts);
    while (!rest.empty()) {
        const std::size_t number = number_at_once(rest);
        if (auto fetched = fetch_at_once(engine, rest.first(number)); !fetched) return fetched;
        rest = rest.subspan(number);
    }
    return {};
}

} // namespace tcpblame::cli
