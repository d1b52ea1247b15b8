// tcpblame record: keep what happens, and print nothing.
#include "cli/commands/commands.hpp"
#include "cli/live/loop.hpp"
#include "cli/live/view.hpp"

#include <unistd.h>
#include <utility>

namespace tcpblame::cli {

Result<Command> read_record(const TypedLine& line) {
    RecordOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    if (options.live.recording.file.empty() && !options.live.store.url)
        return fail(ExitCode::kUsage, "record needs --write", "it records into a file", "tcpblame record -w FILE");
    for (const auto& checked : {check_follow(line), check_part(line, options.live.watch.selection),
                                check_recording(line, options.live.recording), check_metrics(line), check_store(line)})
        if (!checked) return tl::unexpected(checked.error());
    if (options.live.limits.dry_run) return DoctorOptions{options.live.watch, options.live.attach, {}};
    return options;
}

Result<int> carry_out(const RecordOptions& options) {
    return status_of(run_live(options.live, {"", record::EarlierContent::kRefuse, STDOUT_FILENO}, [&](Writer&) {
        return std::make_unique<RecordNotice>(options.live.recording, options.live.store);
    }));
}

} // namespace tcpblame::cli
