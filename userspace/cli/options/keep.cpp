// What to record, and into which files.
#include "cli/options/group.hpp"
#include "cli/parse_values.hpp"

#include <chrono>
#include <fmt/format.h>

namespace tcpblame::cli {
namespace {

/// A file as small as that is begun anew all the time; each has to be open from the beginning.
constexpr std::uint64_t kLeastFileBytes = 1 << 20;
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 40;
constexpr std::uint32_t kUsualFiles = 10;
constexpr std::uint64_t kLeastFiles = 2;
constexpr std::uint64_t kMostFiles = 1000;

Result<std::uint64_t> parse_file_size(std::string_view flag, std::string_view text) {
    return parse_size(flag, text, kLeastFileBytes, kMostFileBytes);
}

Result<std::uint32_t> parse_files(std::string_view flag, std::string_view text) {
    const auto files = parse_count(flag, text);
    if (!files || *files < kLeastFiles || *files > kMostFiles)
        return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text),
                    fmt::format("it takes a number from {} to {}", kLeastFiles, kMostFiles),
                    fmt::format("for example: {} {}", flag, kUsualFiles));
    return static_cast<std::uint32_t>(*files);
}

Result<std::uint64_t> parse_memory_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = 64 << 10;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    return parse_size(flag, text, kLeast, kMost);
}

class Keep : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_option(app, "-w,--write", recording_);
        add_option(app, "--max-size", max_size_);
        add_option(app, "--max-age", max_age_);
        add_option(app, "--max-files", max_files_);
        add_flag(app, "--overwrite", overwrite_);
        add_option(app, "--ring", ring_);
        add_option(app, "--max-memory", max_memory_);
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        options.recording = recording_;
        if (has(app, "--write") && recording_.empty())
            return fail(ExitCode::kUsage, "--write does not take an empty name",
                        "it takes a file to record into, or -");
        if (!options.recording.empty() && is_same_file(options.recording, options.output))
            return fail(ExitCode::kUsage, "--write and --output name the same file", "each would overwrite the other",
                        "name two files");
        if (overwrite_ && given(app, {"--write", "--output", "--html", "--perfetto"}).empty())
            return fail(ExitCode::kUsage, "--overwrite needs a file", "no option names one",
                        "give it beside --write FILE or --output FILE");
        options.earlier = overwrite_ ? record::EarlierContent::kOverwrite : record::EarlierContent::kRefuse;
        for (const auto& taken : {cli::take(app, "--ring", ring_, options.ring_bytes, parse_ring_size),
                                  cli::take(app, "--max-memory", max_memory_, options.max_memory, parse_memory_size)})
            if (!taken) return taken;
        return take_rotation(app, options);
    }

private:
    Result<void> take_rotation(const CLI::App& app, Options& options) const {
        const auto flag = given(app, {"--max-size", "--max-age", "--max-files"});
        if (flag.empty()) return {};
        if (options.recording.empty() || options.recording == "-")
            return fail(ExitCode::kUsage, fmt::format("{} needs --write with a file", flag),
                        "it is for recordings in files", "tcpblame record -w FILE --max-size 64M");
        std::chrono::nanoseconds age{};
        options.rotation.files = kUsualFiles;
        for (const auto& taken : {cli::take(app, "--max-size", max_size_, options.rotation.max_bytes, parse_file_size),
                                  cli::take(app, "--max-age", max_age_, age, parse_seconds),
                                  cli::take(app, "--max-files", max_files_, options.rotation.files, parse_files)})
            if (!taken) return taken;
        options.rotation.max_age_ns = static_cast<std::uint64_t>(age.count());
        if (!options.rotation.wanted())
            return fail(ExitCode::kUsage, "--max-files needs --max-size or --max-age",
                        "when the next file is to be begun is not said", "for example: --max-size 64M --max-files 8");
        return {};
    }

    std::string recording_, max_size_, max_age_, max_files_, ring_, max_memory_;
    bool overwrite_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> keep_options() { return std::make_unique<Keep>(); }

} // namespace tcpblame::cli
