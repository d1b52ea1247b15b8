// tcpblame run CMD: start a command, and report what breaks in it.
#include "capture/capabilities.hpp"
#include "capture/config.hpp"
#include "capture/run_as.hpp"
#include "cli/commands/commands.hpp"
#include "cli/live/command.hpp"
#include "cli/live/view.hpp"
#include "cli/output/writer.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {
namespace {

/// nullopt: as we are.
Result<std::optional<capture::User>> user_for(const std::string& name) {
    if (name.empty()) return capture::sudo_caller();
    auto user = capture::find_user(name);
    if (!user) return tl::unexpected(user.error());
    if (user->uid == geteuid()) return std::nullopt;
    return *user;
}

/// What can be distinguished from what a command exits with, is.
ExitCode of_run(ExitCode code) { return code == ExitCode::kFailure ? ExitCode::kRunFailed : code; }

/// This process stays to pass on signals: as the command's user it may.
Result<void> become_its_equal(const std::optional<capture::User>& user) {
    if ((!user || capture::become(*user)) && capture::give_up_capabilities()) return {};
    return fail(ExitCode::kPrivilege, "cannot give up the privileges that the command does not have",
                std::strerror(errno), "run tcpblame as root, and name the command's user: sudo tcpblame run -u USER …");
}

/// In the process that traces. The terminal is the command's: there is no status line.
Result<void> trace(const RunOptions& options, const Launcher& launcher) {
    const auto make_view = [&](Writer& writer) {
        return std::make_unique<ScreenView>(options.output, writer, false, ScreenUse{.ends_by_itself = true});
    };
    return run_live(options.live, {options.output.file, options.output.earlier, STDERR_FILENO}, make_view, &launcher);
}

Result<int> run_traced(RunOptions options) {
    for (const auto& checked :
         {capture::check_lists(options.live.watch.selection), capture::check_privilege(), capture::check_btf()})
        if (!checked) return tl::unexpected(checked.error());
    const auto user = user_for(options.user);
    if (!user) return tl::unexpected(user.error());
    const ForwardedSignals signals;
    auto command = PreparedCommand::prepare(options.command, *user, signals);
    if (!command) return tl::unexpected(command.error());
    options.live.watch.selection.pids = {static_cast<std::uint32_t>(command->pid())};
    options.live.watch.selection.follow = true;
    auto tracer = Tracer::start([&](const Launcher& launcher) { return trace(options, launcher); });
    if (!tracer) return tl::unexpected(tracer.error());
    if (auto become = become_its_equal(*user); !become) return tl::unexpected(become.error());
    if (!tracer->attaches()) return static_cast<int>(of_run(tracer->finish()));
    if (options.with_children && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return fail(ExitCode::kFailure, "cannot wait for the command's children", std::strerror(errno));
    const auto released = command->release();
    const int status = await_command(command->pid(), options.with_children, signals);
    signals.discard();   // the Ctrl-C that ended the command, where it ended before the key reached us
    signals.give_back(); // a second one ends us, too
    const ExitCode reported = tracer->finish();
    if (!released) return tl::unexpected(released.error());
    return status == 0 ? static_cast<int>(of_run(reported)) : status;
}

} // namespace

Result<Command> read_run(const TypedLine& line) {
    RunOptions options;
    options.command = line.started;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    if (options.command.empty())
        return fail(ExitCode::kUsage, "run needs a command", "none is given", "tcpblame run -- CMD…");
    if (options.live.recording.file == "-")
        return fail(ExitCode::kUsage, "--write - is for record", "standard output is the command's", "name a file");
    for (const auto& checked : {check_output(line), check_recording(line, options.live.recording, &options.output)})
        if (!checked) return tl::unexpected(checked.error());
    options.with_children = options.live.watch.selection.follow; // its children are watched in any case
    if (options.live.limits.dry_run) return DoctorOptions{options.live.watch, options.live.attach, options.output};
    return options;
}

Result<int> carry_out(const RunOptions& options) {
    auto status = run_traced(options);
    if (!status) status.error().code = of_run(status.error().code);
    return status;
}

} // namespace tcpblame::cli
