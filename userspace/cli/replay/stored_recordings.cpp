#include "cli/replay/stored_recordings.hpp"

#include "cli/output/writer.hpp"
#include "cli/replay/part_files.hpp"
#include "cli/replay/stored_window.hpp"
#include "store/row_binary.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
/// Some gigabytes, in memory and on disk.
constexpr std::uint64_t kMostRows = 20'000'000;

std::int64_t realtime_now_ns() {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

using StoredRun = std::vector<PartFile>; ///< consecutive

void note(std::string what, std::string why, std::string todo = {}) {
    print_error({ExitCode::kOk, std::move(what), std::move(why), std::move(todo)});
}

auto order_of(const PartFile& first) { return std::tie(first.first_ns, first.key.host, first.key.run); }

/// Of each run the last parts that follow one another, in the order in which the runs began.
std::vector<StoredRun> runs_of(std::vector<PartFile> parts) {
    std::vector<StoredRun> runs;
    for (PartFile& part : parts) {
        const bool is_same_run =
            !runs.empty() && runs.back().back().key.host == part.key.host && runs.back().back().key.run == part.key.run;
        if (is_same_run && runs.back().back().key.part + 1 != part.key.part) {
            note(fmt::format("parts of a run on {} are missing in the store", part.key.host),
                 fmt::format("it goes on with part {}", part.key.part), "what was before that is left out");
            runs.back().clear();
        } else if (!is_same_run) {
            runs.emplace_back();
        }
        runs.back().push_back(std::move(part));
    }
    std::sort(runs.begin(), runs.end(), [](const StoredRun& one, const StoredRun& other) {
        return order_of(one.front()) < order_of(other.front());
    });
    // Two hosts that claim the same run cannot both be right, and would be taken for files of one.
    std::set<std::uint64_t> known;
    std::erase_if(runs, [&](const StoredRun& run) {
        if (known.insert(run.front().key.run).second) return false;
        note(fmt::format("a run of {} is left out", run.front().key.host),
             "another host has one of that number in the store");
        return true;
    });
    return runs;
}

Result<void> check_amount(const std::vector<StoredRun>& runs, const store::Url& url) {
    std::uint64_t rows = 0;
    for (const StoredRun& run : runs)
        for (const PartFile& part : run) rows += part.rows;
    if (rows <= kMostRows) return {};
    return fail(ExitCode::kFailure, fmt::format("the store at {} holds too much for one report", store::to_string(url)),
                fmt::format("{} rows", rows), "name a shorter time by --since and --until");
}

/// A file's name of what anybody may have called a host.
std::string file_name_of(const store::PartKey& part) {
    constexpr std::size_t kLongEnough = 64;
    std::string host = part.host.substr(0, kLongEnough);
    for (char& letter : host)
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '-') letter = '_';
    return fmt::format("{}-{:016x}.{}", host, part.run, part.part);
}

void report_gaps(const PartFile& part) {
    const std::string& host = part.key.host;
    const store::Rebuilt& rebuilt = part.rebuilt;
    if (!rebuilt.has_beginning) {
        note(fmt::format("what the store holds of a run on {} is of no use", host),
             fmt::format("how it began is missing, or damaged; rows left out: {}", part.rows));
        return;
    }
    if (rebuilt.missing != 0)
        note(fmt::format("frames of {} that are missing in the store: {}", host, rebuilt.missing),
             "they were not sent, or are damaged", "verdicts that this may concern claim less");
    if (rebuilt.damaged != 0)
        note(fmt::format("frames of {} in the store that are damaged: {}", host, rebuilt.damaged), "they are left out");
    if (rebuilt.conflicting != 0)
        note(fmt::format("frames of {} that are in the store twice, and differ: {}", host, rebuilt.conflicting),
             "the first of each is taken");
}

/// An agent that is there says so every few seconds.
void report_silence(const PartFile& part, const RangeOptions& range) {
    const store::Rebuilt& rebuilt = part.rebuilt;
    std::int64_t until_ns = realtime_now_ns();
    if (range.until && !range.until->after_start) until_ns = std::min(until_ns, realtime_of(*range.until, 0, 0));
    if (rebuilt.has_end || !rebuilt.has_beginning || until_ns - part.last_ns < kAroundNs) return;
    const std::time_t last = part.last_ns / kNsPerSecond;
    note(fmt::format("{} has sent nothing since {:%Y-%m-%d %H:%M:%S}", part.key.host, fmt::localtime(last)),
         "its recorder was killed, or cannot reach the store", "what happened there after that is not known");
}

/// The last such moment before `now_ns`.
void date(std::optional<Moment>& moment, std::int64_t now_ns) {
    if (!moment || moment->after_start || moment->date) return;
    using namespace std::chrono;
    constexpr std::int64_t kDayNs = 86'400 * kNsPerSecond;
    for (const std::int64_t day_ns : {now_ns, now_ns - kDayNs}) {
        std::tm day{};
        const std::time_t then = day_ns / kNsPerSecond;
        localtime_r(&then, &day);
        moment->date = year_month_day(year(day.tm_year + 1900), month(static_cast<unsigned>(day.tm_mon + 1)),
                                      std::chrono::day(static_cast<unsigned>(day.tm_mday)));
        if (realtime_of(*moment, 0, 0) <= now_ns) return;
    }
}

std::vector<PartFile> files_of(std::vector<StoredRun> runs, const std::string& folder) {
    std::vector<PartFile> files;
    for (StoredRun& run : runs) {
        run.back().is_last = true;
        for (PartFile& part : run) {
            part.path = folder + '/' + file_name_of(part.key);
            files.push_back(std::move(part));
        }
    }
    return files;
}

/// Those that can be read; what is missing of them is said.
std::vector<std::string> reported_files(const std::vector<PartFile>& parts, const RangeOptions& range) {
    std::vector<std::string> files;
    std::size_t run_begins = 0;
    for (const PartFile& part : parts) {
        report_gaps(part);
        if (part.is_last) report_silence(part, range);
        files.push_back(part.path);
        // What comes before it is not joined to what comes after.
        if (!part.rebuilt.has_beginning) files.resize(run_begins);
        if (part.is_last) run_begins = files.size();
    }
    return files;
}

} // namespace

RangeOptions dated(const RangeOptions& range, std::int64_t now_realtime_ns) {
    RangeOptions dated = range;
    date(dated.since, now_realtime_ns);
    date(dated.until, now_realtime_ns);
    return dated;
}

StoredRecordings::~StoredRecordings() {
    std::error_code kept;
    std::filesystem::remove_all(folder_, kept);
}

Result<std::unique_ptr<StoredRecordings>> StoredRecordings::fetch(store::Engine& engine, const RangeOptions& range) {
    if (auto checked = engine.check_tables(); !checked) return tl::unexpected(checked.error());
    auto parts = needed_parts(range, engine);
    if (!parts) return tl::unexpected(parts.error());
    std::vector<StoredRun> runs = runs_of(std::move(*parts));
    if (auto amount = check_amount(runs, engine.url()); !amount) return tl::unexpected(amount.error());
    std::error_code none;
    std::string folder = (std::filesystem::temp_directory_path(none) / "tcpblame-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr)
        return fail(ExitCode::kFailure, fmt::format("cannot make the folder {}", folder), std::strerror(errno),
                    "name one that can be written by TMPDIR");
    std::unique_ptr<StoredRecordings> stored(new StoredRecordings(folder));
    std::vector<PartFile> files = files_of(std::move(runs), folder);
    if (auto fetched = fetch_parts(engine, files); !fetched) return tl::unexpected(fetched.error());
    stored->files_ = reported_files(files, range);
    if (!stored->files_.empty()) return stored;
    return fail(ExitCode::kFailure,
                fmt::format("the store at {} holds nothing to report", store::to_string(engine.url())),
                range.since || range.until ? "nothing of that time" : "it is empty",
                "does somebody send to it? tcpblame record --store");
}

} // namespace tcpblame::cli
