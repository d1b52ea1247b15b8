#include "cli/live/live_store.hpp"

#include "cli/output/store_engine.hpp"
#include "store/engine.hpp"
#include "store/spool.hpp"

#include <fmt/format.h>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr std::uint64_t kPartNs = std::uint64_t{3600} * 1'000'000'000;
constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;

/// What is wrong with its tables, or with whom we say we are, is said at once; what is away may come back.
Result<void> check(store::Engine& engine) {
    auto version = engine.version();
    auto checked = version ? engine.check_tables() : Result<void>(tl::unexpected<Error>(version.error()));
    if (checked || engine.was_reached()) return checked;
    Error away = checked.error();
    away.todo = "it goes on; what is recorded is sent when the store is back";
    print_error(away);
    return {};
}

Result<std::unique_ptr<store::Backlog>> make_backlog(const StoreOptions& options) {
    if (options.spool.empty()) return std::make_unique<store::MemoryBacklog>(kMemoryBytes);
    auto spool = store::Spool::open(options.spool, options.spool_bytes);
    if (!spool) return tl::unexpected(spool.error());
    if ((*spool)->damaged() != 0)
        print_error({ExitCode::kOk,
                     fmt::format("batches in {} that are damaged: {}", options.spool, (*spool)->damaged()),
                     "they are left out", ""});
    if ((*spool)->rows() != 0)
        print_error({ExitCode::kOk,
                     fmt::format("rows in {} that are still to be sent: {}", options.spool, (*spool)->rows()),
                     "an earlier run has left them", ""});
    return std::unique_ptr<store::Backlog>(std::move(*spool));
}

} // namespace

LiveStore::LiveStore(std::unique_ptr<store::Shipper> shipper, std::string name, bool is_alone)
    : shipper_(std::move(shipper)),
      name_(std::move(name)),
      is_alone_(is_alone),
      lines_([this](std::string_view line) { shipper_->put_line(line); }) {}

Result<std::unique_ptr<LiveStore>> LiveStore::open(const StoreOptions& options,
                                                   std::unique_ptr<record::Recorder>& recorder) {
    if (!options.url) return nullptr;
    auto engine = open_engine(options);
    if (!engine) return tl::unexpected(engine.error());
    if (auto checked = check(**engine); !checked) return tl::unexpected(checked.error());
    auto backlog = make_backlog(options);
    if (!backlog) return tl::unexpected(backlog.error());
    const bool is_alone = recorder == nullptr;
    // In parts, so that a question about an hour does not need what was before it.
    if (is_alone) recorder = record::Recorder::without_file({.max_age_ns = kPartNs});
    auto shipper = std::make_unique<store::Shipper>(std::move(*engine), std::move(*backlog));
    recorder->copy_to([to = shipper.get()](wire::Frame frame) { to->put(frame); });
    return std::unique_ptr<LiveStore>(new LiveStore(std::move(shipper), store::to_string(*options.url), is_alone));
}

void LiveStore::start(const model::RunStart& start) {
    lines_.start(start);
    shipper_->start();
}

void LiveStore::attend(LiveView& view) {
    for (const Error& note : shipper_->take_notes()) view.note(note);
}

Result<void> LiveStore::finish() {
    const store::Shipped shipped = shipper_->finish();
    for (const Error& note : shipper_->take_notes()) print_error(note);
    std::string counts = fmt::format("rows sent to {}: {}", name_, shipped.sent);
    if (shipped.waiting != 0) counts += fmt::format("; in the spool, for the next run: {}", shipped.waiting);
    print_error({ExitCode::kOk, std::move(counts), {}, {}});
    if (shipped.lost == 0) return {};
    const Error lost{ExitCode::kFailure, fmt::format("rows that the store has not got: {}", shipped.lost),
                     is_alone_ ? "they are lost" : "they are in the recording",
                     is_alone_ ? "--store-spool keeps them until the store is back"
                               : fmt::format("tcpblame store load {} FILE", name_)};
    if (is_alone_) return tl::unexpected(lost);
    print_error(lost);
    return {};
}

} // namespace tcpblame::cli
