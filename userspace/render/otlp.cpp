#include "render/otlp.hpp"

#include "render/run_members.hpp"
#include "render/standard_names.hpp"
#include "render/verdict_members.hpp"
#include "render/wording/run_words.hpp"

#include <algorithm>
#include <utility>

namespace tcpblame::render {
namespace {

void put_names(OtlpAttributes& out, const model::ContainerNames& names) {
    const model::ImageParts image = model::parts_of(names.image);
    out.add("container.name", names.name);
    out.add("container.image.name", image.repository);
    out.add("container.image.id", image.id);
    if (!image.tag.empty()) out.array("container.image.tags", [&] { out.put(image.tag); });
    out.object("container.label", [&] { members::put_labels(out, names); });
    out.add("k8s.namespace.name", names.pod_namespace);
    out.add("k8s.pod.name", names.pod);
    if (!names.pod.empty()) out.add("k8s.container.name", names.name);
}

void put_process(OtlpAttributes& out, const model::Process& process) {
    out.add_nonzero("process.pid", process.pid);
    out.add_nonzero("process.vpid", process.own_pid);
    out.add("process.executable.name", process.name);
    out.add("process.executable.path", process.exe);
    members::put_arguments(out, "process.command_args", process.argv());
    out.add("process.linux.cgroup", process.cgroup);
    out.add_nonzero("thread.id", process.tid);
    out.add("thread.name", process.comm);
    if (const auto container = model::container_of(process.cgroup)) {
        out.put("container.id", container->id);
        out.add("container.runtime.name", container->runtime);
    }
    out.add("k8s.pod.uid", model::pod_uid_of(process.cgroup));
    if (const auto* names = process.container()) put_names(out, *names);
}

void put_network(OtlpAttributes& out, const model::Verdict& verdict) {
    out.add("network.transport", transport_of(verdict));
    if (!verdict.connection) return;
    const model::Tuple& tuple = verdict.connection->tuple;
    const members::TupleText text(tuple);
    out.add("network.type", model::to_string(members::family_of(tuple)));
    out.add("network.local.address", text.local.address());
    if (!text.local.view().empty()) out.put("network.local.port", tuple.local.port);
    out.add("network.peer.address", text.remote.address());
    if (!text.remote.view().empty()) out.put("network.peer.port", tuple.remote.port);
}

void put_own(OtlpAttributes& out, const model::Verdict& verdict, Words& words) {
    out.put("monotonic_ns", verdict.monotonic_ns);
    members::report_findings(out, verdict);
    members::put_sentence(out, "advice", add_advice, verdict, words);
    if (verdict.process) out.add("unit", model::unit_of(verdict.process->cgroup));
    if (verdict.kind == model::VerdictKind::kFailedWrite) members::report_failure(out, verdict);
    if (verdict.connection) {
        out.add_object("connection", [&] { members::report(out, *verdict.connection); });
        out.add("community_id", CommunityId(verdict.connection->tuple).view());
    }
    members::report_circumstances(out, verdict, words);
}

} // namespace

Otlp::Otlp(Sink sink) : sink_(std::move(sink)) {}

void Otlp::put_resource(const Origin& origin) {
    OtlpAttributes out(line_);
    out.put("service.name", "tcpblame");
    out.add("service.version", version_);
    out.add("service.instance.id", origin.run_id);
    out.add("host.name", origin.host);
    out.put("os.type", "linux");
    out.add("os.version", kernel_);
    out.add("tcpblame.boot_id", origin.boot_id);
    out.add("tcpblame.run_id", origin.run_id);
}

template <typename Put>
void Otlp::put_record(const Record& record, Put put) {
    // Before 1970 there is no time there.
    const std::int64_t moment = std::max<std::int64_t>(clock_.realtime_of(record.monotonic_ns), 0);
    const fmt::format_int digits(moment);
    const std::string_view time{digits.data(), digits.size()};
    line_.put("timeUnixNano", time);
    line_.put("observedTimeUnixNano", time);
    line_.put("severityNumber", static_cast<int>(record.severity));
    line_.put("severityText", record.severity == Severity::kError  ? "ERROR"
                              : record.severity == Severity::kWarn ? "WARN"
                                                                   : "INFO");
    line_.object("body", [&] { line_.put("stringValue", record.body); });
    line_.array("attributes", [&] {
        OtlpAttributes out(line_);
        out.add("log.record.uid", record.id);
        put(out);
    });
    line_.put("eventName", record.event);
}

template <typename Put>
void Otlp::emit(const Record& record, Put put) {
    line_.begin();
    line_.array("resourceLogs", [&] {
        line_.object([&] {
            line_.object("resource", [&] { line_.array("attributes", [&] { put_resource(*record.origin); }); });
            line_.array("scopeLogs", [&] {
                line_.object([&] {
                    line_.object("scope", [&] {
                        line_.put("name", "tcpblame");
                        line_.add("version", version_);
                    });
                    line_.array("logRecords", [&] { line_.object([&] { put_record(record, put); }); });
                });
            });
        });
    });
    const std::string_view line = line_.end();
    if (sink_) sink_(line);
}

void Otlp::start(const model::RunStart& start) {
    clock_.start(start);
    origins_.start(start);
    version_ = start.version;
    kernel_ = start.kernel;
    const Origin& origin = origins_.whole();
    emit({.event = "tcpblame.start",
          .monotonic_ns = start.monotonic_ns,
          .body = start_words(start),
          .origin = &origin,
          .id = LineId(origin, "start").view()},
         [&](OtlpAttributes& out) { out.object("tcpblame", [&] { members::report(out, start); }); });
}

void Otlp::verdict(const model::Verdict& verdict) {
    clock_.pass(verdict.monotonic_ns);
    const bool failed_write = verdict.kind == model::VerdictKind::kFailedWrite;
    const bool broke = failed_write || verdict.cause != model::Cause::kOrderly;
    const Origin& origin = origins_.of(verdict.recording);
    body_.clear();
    add_summary(body_, verdict);
    emit({.event = failed_write ? "tcpblame.verdict" : "tcpblame.teardown",
          .monotonic_ns = verdict.monotonic_ns,
          .severity = failed_write ? Severity::kError
                      : broke      ? Severity::kWarn
                                   : Severity::kInfo,
          .body = body_.view(),
          .origin = &origin,
          .id = LineId(origin, verdict).view()},
         [&](OtlpAttributes& out) {
             out.add("error.type", error_type_of(verdict));
             if (verdict.process) put_process(out, *verdict.process);
             put_network(out, verdict);
             out.object("tcpblame", [&] { put_own(out, verdict, words_); });
         });
}

void Otlp::lost(const model::LostEvents& lost) {
    const Origin& origin = origins_.of(lost.recording);
    emit({.event = "tcpblame.lost",
          .monotonic_ns = clock_.known_ns(lost),
          .severity = Severity::kWarn,
          .body = lost_words(lost),
          .origin = &origin,
          .id = LineId(origin, lost).view()},
         [&](OtlpAttributes& out) { out.object("tcpblame", [&] { members::report(out, lost); }); });
}

void Otlp::alike(const model::AlikeVerdicts& alike) {
    clock_.pass(alike.last_ns);
    emit({.event = "tcpblame.alike",
          .monotonic_ns = alike.first.monotonic_ns,
          .severity = Severity::kWarn,
          .body = alike_words(alike),
          .origin = &origins_.of(alike.first.recording),
          .id = {}},
         [&](OtlpAttributes& out) { out.object("tcpblame", [&] { members::report(out, alike); }); });
}

void Otlp::heartbeat(const model::RunEnd& so_far) {
    emit({.event = "tcpblame.heartbeat",
          .monotonic_ns = so_far.monotonic_ns,
          .body = end_words(so_far),
          .origin = &origins_.whole(),
          .id = {}},
         [&](OtlpAttributes& out) { out.object("tcpblame", [&] { members::put_counts(out, so_far); }); });
}

void Otlp::end(const model::RunEnd& end) {
    const Origin& origin = origins_.whole();
    emit({.event = "tcpblame.end",
          .monotonic_ns = end.monotonic_ns,
          .body = end_words(end),
          .origin = &origin,
          .id = LineId(origin, "end").view()},
         [&](OtlpAttributes& out) { out.object("tcpblame", [&] { members::report(out, end); }); });
}

} // namespace tcpblame::render
