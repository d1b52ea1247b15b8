#include "store/shipper.hpp"

#include "store/batch.hpp"
#include "store/frame_bytes.hpp"
#include "store/row.hpp"
#include "store/row_binary.hpp"
#include "wire/run_frames.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tcpblame::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause(500);
constexpr std::chrono::milliseconds kLongestPause(30000);
/// Then what has come meanwhile is looked at.
constexpr int kMostAtOnce = 8;

/// A report of a time takes what was a minute before and after it, too.
constexpr std::chrono::seconds kClocksApart(30);

/// How the run began or ended, or what its code is called: without it the others are worth less.
bool is_of_the_run(wire::Frame frame) {
    return header_of(frame).type >= static_cast<std::uint16_t>(wire::RunFrame::kRunStarted);
}

bool begins_part(const FrameRow& row) { return row.sequence % (std::uint64_t{1} << kIndexBits) == 0; }

Batch alone(const FrameRow& row) {
    Batch batch{.run = row.run, .first = row.sequence, .rows = 1, .body = {}};
    append(batch.body, row);
    return batch;
}

} // namespace

struct Shipper::Inside {
    struct Item {
        std::string bytes;
        bool is_line = false;
        std::uint64_t skipped = 0; ///< frames before it
    };

    Inside(std::unique_ptr<Engine> its_engine, std::unique_ptr<Backlog> its_backlog, ShipperLimits its_limits)
        : engine(std::move(its_engine)), backlog(std::move(its_backlog)), limits(its_limits) {}

    // ── Of both threads ──
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Item> queue;
    std::size_t queue_bytes = 0;
    std::uint64_t skipped = 0; ///< since the last item
    std::uint64_t lost = 0;
    std::vector<Error> notes;
    bool ends = false;
    bool has_ended = false;

    // ── Of the thread alone, while it runs ──
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Backlog> backlog;
    ShipperLimits limits;
    BatchMaker batches{[this](Batch&& batch) { keep(batch); }};
    RowMaker rows{[this](FrameRow&& row) {
        if (begins_part(row)) beginning = row;
        batches.put(row);
    }};
    /// How the newest part of the run began: without it, all of that is of no use.
    std::optional<FrameRow> beginning;
    bool owes_beginning = false; ///< it found no room
    std::uint64_t sent = 0;
    std::chrono::milliseconds pause{0}; ///< before it is tried again
    Clock::time_point retry_at;
    Clock::time_point away_since;
    Clock::time_point cut_at;
    Clock::time_point flushed_at;
    std::uint64_t not_kept = 0; ///< rows, since the backlog was full

    bool clocks_are_apart = false;

    std::thread thread;

    void note(Error error) {
        const std::lock_guard<std::mutex> lock(mutex);
        notes.push_back(std::move(error));
    }

    void put(std::string_view bytes, bool is_line, bool is_needed) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (queue_bytes + bytes.size() > limits.queue_bytes && !is_needed) {
            if (lost++ == 0)
                notes.push_back({ExitCode::kOk, "the store does not keep up",
                                 "what waits to be sent has come to its bound", "some of it will be missing there"});
            if (!is_line) ++skipped;
            return;
        }
        queue_bytes += bytes.size();
        queue.push_back({std::string(bytes), is_line, std::exchange(skipped, 0)});
        if (queue_bytes >= BatchMaker::kFullBytes) changed.notify_one();
    }

    void keep(const Batch& batch) {
        if (owes_beginning) owes_beginning = !backlog->push(alone(*beginning));
        if (backlog->push(batch)) return;
        owes_beginning = owes_beginning || (batch.table == Table::kFrames && beginning);
        if (not_kept == 0)
            note({ExitCode::kOk,
                  backlog->lasts() ? "the store's spool is full" : "what waits for the store is too much",
                  "what is recorded from now on is missing there",
                  "raise --store-spool-bytes, or give its disk room; what was kept before is sent once the store is "
                  "back"});
        not_kept += batch.rows;
        const std::lock_guard<std::mutex> lock(mutex);
        lost += batch.rows;
    }

    void make_rows(std::deque<Item>& items) {
        for (Item& item : items) {
            rows.skip(item.skipped);
            if (!item.is_line) {
                rows.take(frame_in(item.bytes));
            } else if (const auto row = verdict_row(item.bytes, rows.host(), rows.run())) {
                batches.put(*row);
            }
        }
        items.clear();
    }

    void cut_in_time(Clock::time_point now, bool at_once) {
        if (at_once) {
            rows.finish();
        } else if (now - flushed_at >= limits.idle_interval) {
            rows.flush();
            flushed_at = now;
        }
        if (!at_once && now - cut_at < limits.interval) return;
        batches.cut();
        cut_at = now;
    }

    void say_it_is_away(Error error) {
        error.code = ExitCode::kOk;
        error.todo = backlog->lasts() ? "what is recorded waits in the spool"
                                      : "what is recorded waits in memory; --store-spool keeps more of it";
        note(std::move(error));
    }

    void say_it_is_back(Clock::time_point now) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - away_since).count();
        note({ExitCode::kOk, fmt::format("the store at {} is back", to_string(engine->url())),
              fmt::format("it was away for {} s", seconds),
              not_kept == 0 ? ""
                            : fmt::format("rows that found no room meanwhile, and are missing there: {}", not_kept)});
        not_kept = 0;
    }

    void look_at_clock() {
        const auto ahead = engine->clock_ahead();
        if (!ahead || std::exchange(clocks_are_apart, std::chrono::abs(*ahead) > kClocksApart)) return;
        if (!clocks_are_apart) return;
        note({ExitCode::kOk,
              fmt::format("this host's clock is {} s {} that of the store", std::chrono::abs(*ahead).count(),
                          ahead->count() > 0 ? "ahead of" : "behind"),
              "what happens here is kept there under another time", "set the clocks: report --since may miss an end"});
    }

    /// True where there may be more that could be sent at once.
    bool send_some() {
        for (int left = kMostAtOnce; left > 0; --left) {
            if (pause.count() != 0 && Clock::now() < retry_at) return false;
            const Batch* const batch = backlog->front();
            if (batch == nullptr) return false;
            const auto taken = engine->insert(std::string(insert_statement(batch->table)), batch->body);
            const Clock::time_point now = Clock::now();
            if (!taken) {
                if (pause.count() == 0) {
                    away_since = now;
                    say_it_is_away(taken.error());
                }
                pause = std::clamp(2 * pause, kFirstPause, kLongestPause);
                retry_at = now + pause;
                return false;
            }
            if (std::exchange(pause, std::chrono::milliseconds(0)).count() != 0) say_it_is_back(now);
            look_at_clock();
            sent += batch->rows;
            backlog->pop();
        }
        return true;
    }

    /// All that the engine takes now, even if it was away a moment before.
    void send_all() {
        retry_at = {};
        while (send_some()) {}
    }

    void work() {
        cut_at = flushed_at = Clock::now();
        bool has_more = false;
        bool last = false;
        while (!last) {
            std::deque<Item> items;
            {
                std::unique_lock<std::mutex> lock(mutex);
                const auto wait = has_more ? std::chrono::milliseconds(0) : limits.interval / 4;
                changed.wait_for(lock, wait, [this] { return ends || queue_bytes >= BatchMaker::kFullBytes; });
                items.swap(queue);
                queue_bytes = 0;
                last = ends;
            }
            // What waits makes room for how the run ended: without that nobody knows what is missing.
            if (last) send_all();
            make_rows(items);
            cut_in_time(Clock::now(), last);
            has_more = send_some();
        }
        send_all();
        const std::lock_guard<std::mutex> lock(mutex);
        has_ended = true;
        changed.notify_all();
    }
};

Shipper::Shipper(std::unique_ptr<Engine> engine, std::unique_ptr<Backlog> backlog, ShipperLimits limits)
    : inside_(std::make_unique<Inside>(std::move(engine), std::move(backlog), limits)) {}

Shipper::~Shipper() { static_cast<void>(finish()); }

void Shipper::start() {
    // All signals are for the loop: a thread starts with what its maker has blocked.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    inside_->thread = std::thread([this] { inside_->work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Shipper::put(wire::Frame frame) {
    inside_->put({reinterpret_cast<const char*>(frame.data()), frame.size()}, false, is_of_the_run(frame));
}

void Shipper::put_line(std::string_view line) { inside_->put(line, true, false); }

std::vector<Error> Shipper::take_notes() {
    const std::lock_guard<std::mutex> lock(inside_->mutex);
    return std::exchange(inside_->notes, {});
}

Shipped Shipper::finish() {
    Inside& inside = *inside_;
    if (inside.thread.joinable()) {
        {
            std::unique_lock<std::mutex> lock(inside.mutex);
            inside.ends = true;
            inside.changed.notify_all();
            inside.changed.wait_for(lock, inside.limits.patience_at_end, [&] { return inside.has_ended; });
        }
        inside.engine->interrupt();
        inside.thread.join();
    }
    Shipped shipped{inside.sent, inside.backlog->rows(), inside.lost};
    if (!inside.backlog->lasts()) shipped.lost += std::exchange(shipped.waiting, 0);
    return shipped;
}

} // namespace tcpblame::store
