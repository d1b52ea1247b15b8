// tcpblame store: make a fleet's store, print how its tables are made, load recordings into it.
#include "cli/commands/commands.hpp"
#include "cli/output/store_engine.hpp"
#include "cli/output/writer.hpp"
#include "cli/replay/merged_replay.hpp"
#include "cli/replay/recordings.hpp"
#include "record/reader.hpp"
#include "render/ndjson.hpp"
#include "render/quantity.hpp"
#include "store/batch.hpp"
#include "store/row.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace tcpblame::cli {
namespace {

tl::unexpected<Error> usage(std::string what, std::string why) {
    return fail(ExitCode::kUsage, std::move(what), std::move(why),
                "tcpblame store init URL, store schema, or store load URL FILE…");
}

std::string statements_text(const StoreOptions& options) {
    store::SchemaOptions schema;
    schema.version = options.version.value_or(store::kPresentVersion);
    schema.cluster = options.cluster;
    schema.keep_days = static_cast<unsigned>(options.keep_days);
    std::string text;
    for (const std::string& statement : store::schema(schema)) text += statement + ";\n\n";
    text.pop_back();
    return text;
}

Result<int> init(const StoreOptions& options) {
    auto engine = open_engine(options);
    if (!engine) return tl::unexpected(engine.error());
    const auto version = (*engine)->version();
    if (!version) return tl::unexpected(version.error());
    store::SchemaOptions schema{*version, options.url->database, options.cluster,
                                static_cast<unsigned>(options.keep_days)};
    for (const std::string& statement : store::schema(schema))
        if (auto made = (*engine)->execute(statement); !made) return tl::unexpected(made.error());
    print_error({ExitCode::kOk, fmt::format("the store at {} is ready", store::to_string(*options.url)),
                 fmt::format("ClickHouse {}.{}", version->major, version->minor),
                 store::has_ttl(*version) ? "" : "it clears nothing away by itself: see tcpblame store -h"});
    return static_cast<int>(ExitCode::kOk);
}

/// Sends batches, and takes a pause where the engine is busy.
class Loader {
public:
    explicit Loader(store::Engine& engine) : engine_(engine) {}

    /// The frames of a file. Fails with kDamagedRecording where the rest cannot be read.
    Result<void> load_frames(const std::string& file) {
        auto reader = record::Reader::open(file);
        if (!reader) return tl::unexpected(reader.error());
        store::RowMaker rows([this](store::FrameRow&& row) { batches_.put(row); });
        Result<void> went;
        while (went) {
            const auto frame = (*reader)->next();
            if (!frame) went = tl::unexpected(frame.error());
            if (!frame || !*frame) break;
            rows.take(**frame);
            ++frames_;
            if (!sent_) return sent_;
        }
        rows.finish();
        if (rows.run() != 0) runs_[file] = rows.run();
        return went;
    }

    /// What --json would print of the recording alone.
    void load_verdicts(const Recording& recording, Writer& nowhere) {
        const auto run = runs_.find(recording.files.front());
        if (run == runs_.end()) return;
        render::Ndjson lines([&](std::string_view line) {
            const auto row = store::verdict_row(line, recording.run.host, run->second);
            if (!row) return;
            batches_.put(*row);
            ++verdicts_;
        });
        std::vector<Recording> alone;
        auto again = open_again(recording);
        if (!again) return;
        alone.push_back(std::move(*again));
        lines.start(alone.front().run.start);
        MergedReplay replay({{}, false, std::nullopt, Format::kJsonLines}, Span{}, alone, nullptr, lines, nowhere);
        static_cast<void>(replay.run()); // what is damaged was said of its frames
    }

    Result<void> finish() {
        batches_.cut();
        return sent_;
    }

    [[nodiscard]] std::uint64_t frames() const { return frames_; }
    [[nodiscard]] std::uint64_t verdicts() const { return verdicts_; }

private:
    void send(const store::Batch& batch) {
        constexpr int kTries = 4;
        for (int left = kTries; left > 0 && sent_; --left) {
            sent_ = engine_.insert(std::string(store::insert_statement(batch.table)), batch.body);
            if (sent_ || left == 1) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(250) * (1 << (kTries - left)));
            sent_ = Result<void>{};
        }
    }

    store::Engine& engine_;
    Result<void> sent_;
    store::BatchMaker batches_{[this](store::Batch&& batch) { send(batch); }};
    std::map<std::string, std::uint64_t> runs_; ///< by file
    std::uint64_t frames_ = 0;
    std::uint64_t verdicts_ = 0;
};

Result<void> load_verdicts(Loader& loader, const std::vector<std::string>& files) {
    std::vector<Recording> recordings;
    for (const std::string& file : files) {
        auto recording = open_recording(file);
        if (recording && *recording) recordings.push_back(std::move(**recording));
    }
    auto joined = join_parts(std::move(recordings));
    if (!joined) return tl::unexpected(joined.error());
    auto nowhere = Writer::open("/dev/null");
    if (!nowhere) return tl::unexpected(nowhere.error());
    for (const Recording& recording : *joined) loader.load_verdicts(recording, *nowhere);
    return {};
}

Result<int> load(const StoreCommand& command) {
    auto engine = open_engine(command.store);
    if (!engine) return tl::unexpected(engine.error());
    if (auto checked = (*engine)->check_tables(); !checked) return tl::unexpected(checked.error());
    Loader loader(**engine);
    Result<void> went;
    for (const std::string& file : command.files) {
        auto loaded = loader.load_frames(file);
        if (!loaded && loaded.error().code != ExitCode::kDamagedRecording) return tl::unexpected(loaded.error());
        if (!went && !loaded) print_error(went.error());
        if (!loaded) went = loaded;
    }
    if (auto loaded = load_verdicts(loader, command.files); !loaded) return tl::unexpected(loaded.error());
    if (auto sent = loader.finish(); !sent) return tl::unexpected(sent.error());
    print_error({ExitCode::kOk,
                 fmt::format("loaded {} and {} into {}", render::counted(loader.frames(), "frame"),
                             render::counted(loader.verdicts(), "verdict"), store::to_string(*command.store.url)),
                 {},
                 {}});
    return status_of(went);
}

} // namespace

Result<Command> read_store(const TypedLine& line) {
    StoreCommand command;
    if (auto taken = line.read_into(groups_of(command)); !taken) return tl::unexpected(taken.error());
    std::vector<std::string> words = line.arguments;
    const std::string step = words.empty() ? "" : words.front();
    if (step == "schema" && words.size() == 1) return PrintCommand{statements_text(command.store)};
    if (step != "init" && step != "load")
        return usage(words.empty() ? "store needs a step" : fmt::format("invalid step '{}' of store", step),
                     "it is init, schema or load");
    if (words.size() < 2) return usage(fmt::format("store {} needs the store's URL", step), "none is given");
    auto url = store::parse_url(words[1]);
    if (!url) return tl::unexpected(url.error());
    command.store.url = std::move(*url);
    command.step = step == "init" ? StoreStep::kInit : StoreStep::kLoad;
    command.files.assign(words.begin() + 2, words.end());
    if (command.step == StoreStep::kInit && !command.files.empty())
        return usage(fmt::format("unexpected argument '{}'", command.files.front()),
                     "init takes the store's URL alone");
    if (command.step == StoreStep::kLoad && command.files.empty())
        return usage("store load needs a recording", "none is given");
    if (std::find(command.files.begin(), command.files.end(), "-") != command.files.end())
        return usage("store load takes no standard input", "it reads each recording twice");
    return command;
}

Result<int> carry_out(const StoreCommand& command) {
    std::signal(SIGPIPE, SIG_IGN); // an engine that goes away is seen by the failing write
    return command.step == StoreStep::kInit ? init(command.store) : load(command);
}

} // namespace tcpblame::cli
