#include "cli/record_notice.hpp"

#include "cli/messages.hpp"

#include <fmt/format.h>
#include <string>

namespace tcpblame::cli {
namespace {

class RecordNotice : public render::Output {
public:
    explicit RecordNotice(std::string file) : file_(std::move(file)) {}

    void start(const model::RunStart& start) override {
        print_error(
            {ExitCode::kOk,
             fmt::format("recording {} into {}; Ctrl-C ends", start.watching, file_ == "-" ? "standard output" : file_),
             {},
             {}});
    }
    void verdict(const model::Verdict& /*verdict*/) override {}
    void lost(const model::LostEvents& /*lost*/) override {}
    void end(const model::RunEnd& end) override {
        print_error({ExitCode::kOk,
                     fmt::format("recorded {} failed {}, {} broken {}, {} lost {}", end.verdicts,
                                 end.verdicts == 1 ? "write" : "writes", end.teardowns,
                                 end.teardowns == 1 ? "connection" : "connections", end.lost_events,
                                 end.lost_events == 1 ? "event" : "events"),
                     {},
                     file_ == "-" ? "" : fmt::format("to see them: tcpblame report {}", file_)});
    }

private:
    std::string file_;
};

} // namespace

std::unique_ptr<render::Output> make_record_notice(const Options& options) {
    return std::make_unique<RecordNotice>(options.recording);
}

} // namespace tcpblame::cli
