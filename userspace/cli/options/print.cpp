// How to print, and where to.
#include "cli/options/group.hpp"

#include <fmt/format.h>
#include <string_view>

namespace tcpblame::cli {
namespace {

Result<ColorChoice> parse_color(std::string_view flag, std::string_view text) {
    if (text == "auto") return ColorChoice::kAuto;
    if (text == "always") return ColorChoice::kAlways;
    if (text == "never") return ColorChoice::kNever;
    return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text), "it takes auto, always or never");
}

class Print : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_flag(app, "-j,--json", json_);
        add_flag(app, "-t,--relative", relative_);
        add_flag(app, "-v,--verbose", verbose_);
        add_option(app, "-o,--output", output_);
        add_option(app, "--color", color_);
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        options.json = json_;
        options.relative_time = relative_;
        options.verbose = verbose_;
        options.output = output_;
        if (has(app, "--output") && output_.empty())
            return fail(ExitCode::kUsage, "--output does not take an empty name", "it takes a file to write to");
        return cli::take(app, "--color", color_, options.color, parse_color);
    }

private:
    std::string output_, color_;
    bool json_ = false, relative_ = false, verbose_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> print_options() { return std::make_unique<Print>(); }

} // namespace tcpblame::cli
