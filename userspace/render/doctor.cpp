#include "render/doctor.hpp"

#include "render/escape.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

/// What the kernel or a library said.
std::string safe(const std::string& text) { return printable(text, 300); }

std::string row(std::string_view label, std::string_view value) { return fmt::format("{:<25}{}\n", label, value); }

std::string hook_text(const model::HookReport& hook) {
    std::string text = row(hook.role, hook.kind.empty() ? "nothing" : hook.attach_point);
    for (const model::RefusedHook& refused : hook.refused)
        text += row("", fmt::format("not {}: {}", refused.kind, safe(refused.why)));
    if (!hook.costs.empty()) text += row("", "costs: " + hook.costs);
    if (!hook.loses.empty()) text += row("", "does not show: " + hook.loses);
    return text;
}

std::string capabilities_text(const std::vector<model::MissingCapability>& missing) {
    if (missing.empty()) return row("capabilities", "all that are of use");
    std::string text;
    for (const model::MissingCapability& each : missing)
        text += row(text.empty() ? "capabilities" : "", fmt::format("not {}: {}", each.name, each.gives));
    return text;
}

void add(Json& object, const char* name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}

Json hook_json(const model::HookReport& hook) {
    Json object{{"role", hook.role}};
    add(object, "program", hook.kind);
    if (!hook.kind.empty()) object["attach_point"] = hook.attach_point;
    add(object, "costs", hook.costs);
    add(object, "does_not_show", hook.loses);
    for (const model::RefusedHook& refused : hook.refused)
        object["refused"].push_back({{"program", refused.kind}, {"why", refused.why}});
    return object;
}

} // namespace

std::string doctor_text(const model::DoctorReport& report) {
    std::string text = row("tcpblame", report.version) + row("kernel", safe(report.kernel));
    text += row("btf", report.btf.empty() ? "none" : report.btf);
    text += row("lockdown", report.lockdown.empty() ? "not known" : safe(report.lockdown));
    text += capabilities_text(report.missing_capabilities) + '\n';
    if (!report.cannot_attach.empty()) return text + row("nothing is attached", safe(report.cannot_attach));
    for (const model::HookReport& hook : report.hooks) text += hook_text(hook);
    text += '\n' + row("a send that succeeds", report.sends_pay ? "runs a program of ours" : "runs nothing of ours");
    return text;
}

std::string doctor_json(const model::DoctorReport& report) {
    Json object{{"schema", 1}, {"type", "doctor"}, {"version", report.version}, {"kernel", report.kernel}};
    add(object, "btf", report.btf);
    add(object, "lockdown", report.lockdown);
    for (const model::MissingCapability& each : report.missing_capabilities)
        object["missing_capabilities"].push_back({{"name", each.name}, {"gives", each.gives}});
    add(object, "cannot_attach", report.cannot_attach);
    object["hooks"] = Json::array();
    for (const model::HookReport& hook : report.hooks) object["hooks"].push_back(hook_json(hook));
    if (report.cannot_attach.empty()) object["sends_pay"] = report.sends_pay;
    return object.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n'; // ASCII, as every other line of JSON
}

} // namespace tcpblame::render
