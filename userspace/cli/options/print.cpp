// How to print, and where to.
#include "cli/options/group.hpp"
#include "cli/parse_values.hpp"

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

Result<Format> parse_format(std::string_view flag, std::string_view text) {
    if (text == "text") return Format::kText;
    if (text == "table") return Format::kTable;
    if (text == "jsonl" || text == "json") return Format::kJsonLines;
    return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text), "it takes text, table or jsonl");
}

class Print : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_flag(app, "-j,--json", json_);
        add_flag(app, "--wide", wide_);
        add_option(app, "--format", format_);
        add_option(app, "--html", html_);
        add_option(app, "--perfetto", perfetto_);
        add_flag(app, "-t,--relative", relative_);
        add_flag(app, "-v,--verbose", verbose_);
        add_option(app, "-o,--output", output_);
        add_option(app, "--color", color_);
        add_option(app, "--interval", interval_);
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        options.relative_time = relative_;
        options.verbose = verbose_;
        options.output = output_;
        if (has(app, "--output") && output_.empty())
            return fail(ExitCode::kUsage, "--output does not take an empty name", "it takes a file to write to");
        if (auto taken = take_format(app, options); !taken) return taken;
        if (auto taken = cli::take(app, "--interval", interval_, options.interval, parse_seconds); !taken) return taken;
        return cli::take(app, "--color", color_, options.color, parse_color);
    }

private:
    Result<void> take_format(const CLI::App& app, Options& options) const {
        const auto flag = given(app, {"--format", "--json", "--wide", "--html", "--perfetto"});
        for (const char* other : {"--json", "--wide", "--html", "--perfetto"})
            if (flag != other && has(app, other))
                return fail(ExitCode::kUsage, fmt::format("{} and {} are given", flag, other), "each is another format",
                            "give one of them");
        if (json_) options.format = Format::kJsonLines;
        if (wide_) options.format = Format::kTable;
        for (const auto& taken : {cli::take(app, "--format", format_, options.format, parse_format),
                                  take_file(app, "--html", html_, Format::kHtml, options),
                                  take_file(app, "--perfetto", perfetto_, Format::kPerfetto, options)})
            if (!taken) return taken;
        return {};
    }

    /// A format that is a file as a whole, which the option itself names.
    static Result<void> take_file(const CLI::App& app, const char* flag, const std::string& file, Format format,
                                  Options& options) {
        if (!has(app, flag)) return {};
        if (has(app, "--output"))
            return fail(ExitCode::kUsage, fmt::format("--output is given beside {}", flag),
                        fmt::format("{} names the file itself", flag), "leave --output out");
        if (file.empty())
            return fail(ExitCode::kUsage, fmt::format("{} does not take an empty name", flag),
                        "it takes a file to write to, or - for standard output");
        options.format = format;
        options.output = file == "-" ? "" : file;
        return {};
    }

    std::string output_, color_, interval_, format_, html_, perfetto_;
    bool json_ = false, wide_ = false, relative_ = false, verbose_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> print_options() { return std::make_unique<Print>(); }

} // namespace tcpblame::cli
