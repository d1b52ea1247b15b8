/// The live loop: attach, read what the kernel reports, publish verdicts, record, end.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "cli/live/view.hpp"
#include "cli/options.hpp"
#include "cli/output/writer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace tcpblame::cli {

/// The process that has prepared the command that is traced (`run`), at the other ends of two pipes.
struct Launcher {
    UniqueFd attached;      ///< takes a byte when every hook is attached
    UniqueFd command_lives; ///< has its end when the command has
};

/// What is printed goes there.
struct OutputFile {
    std::string name; ///< empty: `standard_fd`
    record::EarlierContent earlier;
    int standard_fd;
};

/// Called once the output is open; the view ends before it.
using ViewMaker = std::function<std::unique_ptr<LiveView>(Writer& writer)>;

/// Until a signal, the duration, the count, the launcher's command or the output ends it. `launcher` may be nullptr.
/// Where `reread` is not empty, SIGHUP does not end it, but has it called, and the output opened anew by its name.
Result<void> run_live(const LiveOptions& options, const OutputFile& output, const ViewMaker& make_view,
                      const Launcher* launcher = nullptr, const std::function<void()>& reread = {});

} // namespace tcpblame::cli
