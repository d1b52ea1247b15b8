// tcpblame doctor, and --dry-run: attach, report by which programs, and detach.
#include "render/doctor.hpp"
#include "capture/capabilities.hpp"
#include "capture/config.hpp"
#include "capture/session.hpp"
#include "cli/commands/commands.hpp"
#include "cli/embedded.hpp"
#include "cli/live/target.hpp"
#include "cli/output/writer.hpp"

#include <fmt/format.h>
#include <fstream>
#include <string>
#include <sys/utsname.h>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

std::string kernel_name() {
    utsname name{};
    return uname(&name) == 0 ? fmt::format("{} {}", name.release, name.machine) : std::string();
}

/// "none [integrity] confidentiality": the one in brackets holds.
std::string lockdown_mode() {
    std::ifstream file("/sys/kernel/security/lockdown");
    std::string line;
    std::getline(file, line);
    const std::size_t begin = line.find('[');
    const std::size_t end = line.find(']');
    return begin < end && end != std::string::npos ? line.substr(begin + 1, end - begin - 1) : std::string();
}

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

model::HookReport report_on(const capture::Attachment& attachment) {
    model::HookReport hook;
    hook.role = attachment.role->name;
    if (attachment.chosen != nullptr) {
        hook.kind = attachment.chosen->kind;
        hook.attach_point = attachment.chosen->attach_point;
        hook.costs = text_or_empty(attachment.chosen->costs);
        hook.loses = text_or_empty(attachment.chosen->loses);
    } else {
        hook.loses = attachment.role->without_it;
    }
    for (const auto& refusal : attachment.refused) hook.refused.push_back({refusal.candidate->kind, refusal.why});
    return hook;
}

void examine_machine(model::DoctorReport& report) {
    report.version = kVersion;
    report.kernel = kernel_name();
    if (capture::check_btf()) report.btf = capture::kBtfPath;
    report.lockdown = lockdown_mode();
    if (const auto missing = capture::missing_capabilities())
        for (const capture::Capability& each : *missing) report.missing_capabilities.push_back({each.name, each.gives});
}

void examine_hooks(const capture::Session& session, model::DoctorReport& report) {
    for (const capture::Attachment& attachment : session.attachments()) {
        report.hooks.push_back(report_on(attachment));
        report.sends_pay = report.sends_pay || (attachment.chosen != nullptr && attachment.chosen->costs != nullptr &&
                                                std::string_view(attachment.role->name) == "write-failure");
    }
}

} // namespace

Result<Command> read_doctor(const TypedLine& line) {
    DoctorOptions options;
    if (auto taken = line.read_into(groups_of(options)); !taken) return tl::unexpected(taken.error());
    for (const auto& checked : {check_output(line), check_follow(line)})
        if (!checked) return tl::unexpected(checked.error());
    if (options.output.format == Format::kTable)
        return fail(ExitCode::kUsage, "--format table is not for doctor", "a table has a line a verdict",
                    "doctor prints text, or JSON by --json");
    return options;
}

Result<int> carry_out(const DoctorOptions& options) {
    const model::Selection& selection = options.watch.selection;
    // Here, as --dry-run comes here, too.
    if (options.output.format == Format::kOtlp || options.output.format == Format::kEcs)
        return fail(ExitCode::kUsage, "--format otlp and --format ecs are not for doctor",
                    "they report what happens, and nothing has yet", "doctor prints text, or JSON by --json");
    if (auto checked = check_processes(selection); !checked) return tl::unexpected(checked.error());
    model::DoctorReport report;
    examine_machine(report);
    auto session = capture::Session::attach(selection, {.all = options.watch.all,
                                                        .unanswered = options.watch.unanswered,
                                                        .reads = options.attach.reads,
                                                        .hooks = options.attach.hooks});
    // A bad value is no finding.
    if (!session && session.error().code == ExitCode::kUsage) return tl::unexpected(session.error());
    if (session)
        examine_hooks(**session, report);
    else
        report.cannot_attach = session.error().what;
    auto writer = Writer::open(options.output.file, STDOUT_FILENO, options.output.earlier);
    if (!writer) return tl::unexpected(writer.error());
    const bool is_json = options.output.format == Format::kJsonLines;
    writer->put(is_json ? render::doctor_json(report) : render::doctor_text(report));
    if (auto flushed = writer->flush(); !flushed) return tl::unexpected(flushed.error());
    if (!session) return tl::unexpected(session.error());
    return static_cast<int>(ExitCode::kOk);
}

} // namespace tcpblame::cli
