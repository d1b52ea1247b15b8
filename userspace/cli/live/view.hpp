/// What a live command shows while it runs: verdicts with a status line, a notice where it records, or top's table.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "cli/output/tally.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/writer.hpp"
#include "model/run.hpp"
#include "render/escape.hpp"
#include "render/output.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tcpblame::cli {

class LiveView {
public:
    LiveView() = default;
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;
    LiveView(LiveView&&) = delete;
    LiveView& operator=(LiveView&&) = delete;
    virtual ~LiveView() = default;

    /// Takes what is reported.
    virtual render::Output& output() = 0;
    virtual void start(const model::RunStart& start);
    /// A file descriptor whose bytes are not to wait for events: keys.
    [[nodiscard]] virtual std::optional<int> input() const { return std::nullopt; }
    /// Every hook is attached.
    virtual Result<void> enter() { return {}; }
    /// Draws where the time has come; it may be called as often as there is time. False: an end is asked for.
    [[nodiscard]] virtual bool attend(const Tally& /*tally*/, std::uint64_t /*now_ns*/) { return true; }
    virtual void leave() {}
    virtual void note(const Error& note);
};

/// "watching port 5432, 12 open at first | 12 min 5 s | 3 failed writes, 5 other breaks", of so many columns at most.
std::string status_words(const model::RunStart& start, const model::RunEnd& so_far, unsigned columns,
                         render::Charset charset = render::Charset::kUnicode);

/// Says at a terminal, while nothing happens, that all is well: what is watched, for how long, and what was seen.
/// On standard error, and only where that is a terminal; in the last line, which hide() gives back.
class StatusLine {
public:
    /// Not `wanted`: nothing is ever shown.
    explicit StatusLine(bool wanted);
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;
    StatusLine(StatusLine&&) = delete;
    StatusLine& operator=(StatusLine&&) = delete;
    ~StatusLine() { hide(); }

    /// Once a second at most, or where it was hidden: it may be called as often as there is time.
    void show(const model::RunStart& start, const Tally& tally, std::uint64_t now_ns);

    /// Before anything else is printed.
    void hide();

private:
    bool wanted_;
    render::Charset charset_;
    bool shown_ = false;
    std::uint64_t due_ns_ = 0;
};

/// Prints each verdict as it comes.
class ScreenView : public LiveView {
public:
    /// `with_status`: a status line where standard error is a terminal.
    ScreenView(const OutputOptions& options, Writer& writer, bool with_status, ScreenUse use = {});

    render::Output& output() override { return *screen_; }
    void start(const model::RunStart& start) override;
    [[nodiscard]] bool attend(const Tally& tally, std::uint64_t now_ns) override;
    void leave() override { status_.hide(); }
    void note(const Error& note) override;

private:
    bool prints_limits_;
    StatusLine status_;
    std::unique_ptr<render::Output> screen_;
    model::RunStart start_;
};

/// Says where the recording goes, and what is in it at the end; on standard error, as standard output may be the
/// recording.
class RecordNotice : public LiveView {
public:
    RecordNotice(const RecordingOptions& recording, const StoreOptions& store);

    render::Output& output() override { return *notice_; }

private:
    std::unique_ptr<render::Output> notice_;
};

} // namespace tcpblame::cli
