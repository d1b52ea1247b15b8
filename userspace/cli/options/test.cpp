// Troubleshooting.
#include "cli/options/group.hpp"
#include "cli/parse_values.hpp"

namespace tcpblame::cli {
namespace {

class Test : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_option(app, "--hook", hooks_);
        add_flag(app, "--dry-run", dry_run_);
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        options.dry_run = dry_run_;
        return cli::take(app, "--hook", hooks_, options.hooks, parse_hooks);
    }

private:
    std::string hooks_;
    bool dry_run_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> test_options() { return std::make_unique<Test>(); }

} // namespace tcpblame::cli
