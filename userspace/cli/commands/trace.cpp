// tcpblame [trace]: watch, and report what breaks.
#include "cli/commands/commands.hpp"
#include "cli/live/loop.hpp"
#include "cli/live/view.hpp"

#include <unistd.h>
#include <utility>

namespace tcpblame::cli {

Result<Command> read_trace(const TypedLine& line) {
    TraceOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    if (options.live.recording.file == "-" && options.output.file.empty())
        return fail(ExitCode::kUsage, "--write - is for record", "standard output cannot be a recording and a text",
                    "tcpblame record -w -, or print elsewhere by --output");
    for (const auto& checked :
         {check_output(line), check_follow(line), check_part(line, options.live.watch.selection),
          check_recording(line, options.live.recording, &options.output), check_metrics(line), check_store(line)})
        if (!checked) return tl::unexpected(checked.error());
    if (options.live.limits.dry_run) return DoctorOptions{options.live.watch, options.live.attach, options.output};
    return options;
}

Result<int> carry_out(const TraceOptions& options) {
    return status_of(
        run_live(options.live, {options.output.file, options.output.earlier, STDOUT_FILENO},
                 [&](Writer& writer) { return std::make_unique<ScreenView>(options.output, writer, true); }));
}

} // namespace tcpblame::cli
