// Also report the broken, of which time, and when to stop.
#include "cli/options/group.hpp"
#include "cli/parse_values.hpp"

namespace tcpblame::cli {
namespace {

class Report : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_flag(app, "-a,--all", all_);
        add_flag(app, "--reads", reads_);
        add_flag(app, "-x,--errors-only", errors_only_);
        add_option(app, "-d,--duration", duration_);
        add_option(app, "--count", count_);
        add_option(app, "--since", since_);
        add_option(app, "--until", until_);
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        options.all = all_;
        options.reads = reads_;
        options.errors_only = errors_only_;
        for (const auto& taken : {cli::take(app, "--duration", duration_, options.duration, parse_seconds),
                                  cli::take(app, "--count", count_, options.count, parse_count),
                                  cli::take(app, "--since", since_, options.since, parse_moment),
                                  cli::take(app, "--until", until_, options.until, parse_moment)})
            if (!taken) return taken;
        return {};
    }

private:
    std::string duration_, count_, since_, until_;
    bool all_ = false, reads_ = false, errors_only_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> report_options() { return std::make_unique<Report>(); }

} // namespace tcpblame::cli
