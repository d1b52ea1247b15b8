#include "cli/record_notice.hpp"

#include "cli/messages.hpp"
#include "render/quantity.hpp"

#include <fmt/format.h>
#include <string>

namespace tcpblame::cli {
namespace {

class RecordNotice : public render::Output {
public:
    explicit RecordNotice(const Options& options)
        : file_(options.recording), files_(options.rotation.wanted() ? options.rotation.files : 0) {}

    void start(const model::RunStart& start) override {
        print_error({ExitCode::kOk, fmt::format("recording {} into {}; Ctrl-C ends", start.watching, place()), {}, {}});
    }
    void verdict(const model::Verdict& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
    void end(const model::RunEnd& end) override {
        print_error(
            {ExitCode::kOk,
             fmt::format("recorded {}, {}, {}{}", render::counted(end.failed_writes(), "failed write"),
                         render::counted(end.other_breaks(), "other broken connection"), sent(end),
                         render::counted(end.lost_events, "lost event")),
             {},
             file_ == "-" ? "" : fmt::format("to see them: tcpblame report {}{}", file_, files_ == 0 ? "" : ".*")});
    }

private:
    static std::string sent(const model::RunEnd& end) {
        if (end.signals_sent() == 0) return {};
        return render::counted(end.signals_sent(), "SIGPIPE") + " that no write drew, ";
    }
    std::string place() const {
        if (files_ == 0) return file_ == "-" ? "standard output" : file_;
        return fmt::format("{} to {}, one after the other", record::name_of_part(file_, 1), files_);
    }

    std::string file_;
    std::uint32_t files_; ///< of a ring; 0: it is the one
};

} // namespace

std::unique_ptr<render::Output> make_record_notice(const Options& options) {
    return std::make_unique<RecordNotice>(options);
}

} // namespace tcpblame::cli
