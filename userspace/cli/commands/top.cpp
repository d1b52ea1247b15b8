// tcpblame top: who breaks whom, as a table that is always up to date.
#include "cli/top/top.hpp"
#include "cli/commands/commands.hpp"
#include "cli/live/loop.hpp"
#include "cli/top/curses_screen.hpp"

#include <unistd.h>
#include <utility>

namespace tcpblame::cli {

Result<Command> read_top(const TypedLine& line) {
    TopOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    if (options.live.recording.file == "-")
        return fail(ExitCode::kUsage, "--write - is for record", "standard output is the terminal", "name a file");
    for (const auto& checked :
         {check_overwrite(line), check_follow(line), check_part(line, options.live.watch.selection),
          check_recording(line, options.live.recording)})
        if (!checked) return tl::unexpected(checked.error());
    if (options.live.limits.dry_run) return DoctorOptions{options.live.watch, options.live.attach, options.output};
    return options;
}

Result<int> carry_out(const TopOptions& options) {
    if (auto good = check_terminal(); !good) return tl::unexpected(good.error());
    return status_of(run_live(options.live, {"", record::EarlierContent::kRefuse, STDOUT_FILENO}, [&](Writer& writer) {
        return std::make_unique<Top>(options.output, options.interval, writer);
    }));
}

} // namespace tcpblame::cli
