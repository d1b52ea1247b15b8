#include "render/ecs.hpp"

#include "render/run_members.hpp"
#include "render/standard_names.hpp"
#include "render/verdict_members.hpp"
#include "render/wording/run_words.hpp"

#include <utility>

namespace tcpblame::render {
namespace {

constexpr std::string_view kEcsVersion = "9.4.0";

bool broke(const model::Verdict& verdict) {
    return verdict.kind == model::VerdictKind::kFailedWrite || verdict.cause != model::Cause::kOrderly;
}

std::string_view action_of(const model::Verdict& verdict) {
    if (verdict.kind == model::VerdictKind::kFailedWrite)
        return verdict.cause == model::Cause::kSentByProcess ? "sigpipe-sent" : "write-failed";
    return broke(verdict) ? "connection-broken" : "connection-ended";
}

std::string_view level_of(const model::Verdict& verdict) {
    if (verdict.kind == model::VerdictKind::kFailedWrite) return "error";
    return broke(verdict) ? "warn" : "info";
}

void put_process(JsonLine& line, const model::Process& process) {
    line.add_object("process", [&] {
        line.add_nonzero("pid", process.pid);
        line.add_nonzero("vpid", process.own_pid);
        line.add("name", process.name);
        line.add("executable", process.exe);
        members::put_arguments(line, "args", process.argv());
        line.add_object("thread", [&] {
            line.add_nonzero("id", process.tid);
            line.add("name", process.comm);
        });
    });
}

void put_names(JsonLine& line, const model::ContainerNames& names) {
    const model::ImageParts image = model::parts_of(names.image);
    line.add("name", names.name);
    line.add_object("image", [&] {
        line.add("name", image.repository);
        if (!image.tag.empty()) line.array("tag", [&] { line.put(image.tag); });
    });
    line.add_object("labels", [&] { members::put_labels(line, names); });
}

void put_place(JsonLine& line, const model::Process& process) {
    static const model::ContainerNames none;
    const model::ContainerNames& names = process.container() != nullptr ? *process.container() : none;
    if (const auto container = model::container_of(process.cgroup))
        line.object("container", [&] {
            line.put("id", container->id);
            line.add("runtime", container->runtime);
            put_names(line, names);
        });
    const std::string pod = model::pod_uid_of(process.cgroup);
    if (pod.empty() && names.pod.empty()) return;
    line.object("orchestrator", [&] {
        line.put("type", "kubernetes");
        line.add("namespace", names.pod_namespace);
        line.object("resource", [&] {
            line.put("type", "pod");
            line.add("id", pod);
            line.add("name", names.pod);
        });
    });
}

struct End {
    std::string_view address;
    std::uint16_t port = 0;
    std::optional<std::uint64_t> bytes; ///< that it sent
};

void put_end(JsonLine& line, std::string_view name, const End& end) {
    if (end.address.empty()) return;
    line.object(name, [&] {
        line.put("address", end.address);
        line.put("ip", end.address);
        line.put("port", end.port);
        line.add("bytes", end.bytes);
    });
}

void put_network(JsonLine& line, const model::Verdict& verdict) {
    const model::OpenedBy opened_by = verdict.connection ? verdict.connection->opened_by : model::OpenedBy::kUnknown;
    line.add_object("network", [&] {
        line.add("transport", transport_of(verdict));
        if (!verdict.connection) return;
        line.add("type", model::to_string(members::family_of(verdict.connection->tuple)));
        line.add("community_id", CommunityId(verdict.connection->tuple).view());
        if (opened_by != model::OpenedBy::kUnknown)
            line.put("direction", opened_by == model::OpenedBy::kUs ? "egress" : "ingress");
    });
    if (!verdict.connection) return;
    const model::Tuple& tuple = verdict.connection->tuple;
    const members::TupleText text(tuple);
    const End ours{text.local.address(), tuple.local.port, verdict.bytes.sent};
    const End theirs{text.remote.address(), tuple.remote.port, verdict.bytes.received};
    put_end(line, "source", ours);
    put_end(line, "destination", theirs);
    if (opened_by != model::OpenedBy::kUnknown) {
        const bool is_client = opened_by == model::OpenedBy::kUs;
        put_end(line, "client", is_client ? ours : theirs);
        put_end(line, "server", is_client ? theirs : ours);
    }
    if (ours.address.empty() && theirs.address.empty()) return;
    line.object("related", [&] {
        line.array("ip", [&] {
            if (!ours.address.empty()) line.put(ours.address);
            if (!theirs.address.empty() && theirs.address != ours.address) line.put(theirs.address);
        });
    });
}

} // namespace

Ecs::Ecs(Sink sink) : sink_(std::move(sink)) {}

void Ecs::open(const Document& document) {
    line_.begin();
    line_.put("@timestamp", rfc3339_(clock_.realtime_of(document.monotonic_ns)));
    line_.object("ecs", [&] { line_.put("version", kEcsVersion); });
    line_.object("log", [&] { line_.put("level", document.level); });
    line_.put("message", document.message);
    put_host(*document.origin);
}

void Ecs::put_host(const Origin& origin) {
    line_.object("agent", [&] {
        line_.put("type", "tcpblame");
        line_.add("version", version_);
        line_.add("ephemeral_id", origin.run_id);
    });
    line_.object("host", [&] {
        line_.add("name", origin.host);
        line_.add("hostname", origin.host);
        if (!origin.boot_id.empty()) line_.object("boot", [&] { line_.put("id", origin.boot_id); });
        line_.object("os", [&] {
            line_.put("type", "linux");
            line_.add("kernel", kernel_);
        });
    });
}

void Ecs::put_event(const model::Verdict& verdict, std::string_view id) {
    line_.object("event", [&] {
        line_.put("kind", "event");
        line_.array("category", [&] { line_.put("network"); });
        line_.array("type", [&] {
            line_.put("connection");
            line_.put("end");
        });
        line_.put("outcome", broke(verdict) ? "failure" : "success");
        line_.put("action", action_of(verdict));
        line_.put("module", "tcpblame");
        line_.put("dataset", "tcpblame.verdict");
        line_.add("id", id);
        line_.put("code", model::code_of(verdict.cause));
        if (verdict.why.empty()) return;
        words_.clear();
        add_reason(words_, verdict.why.front());
        line_.add("reason", words_.view());
    });
}

void Ecs::put_event(std::string_view kind, std::string_view action, std::string_view id) {
    line_.object("event", [&] {
        line_.put("kind", kind);
        if (kind == "event") {
            line_.array("category", [&] { line_.put("host"); });
            line_.array("type", [&] { line_.put("info"); });
        }
        line_.put("action", action);
        line_.put("module", "tcpblame");
        line_.put("dataset", "tcpblame.run");
        line_.add("id", id);
    });
}

void Ecs::put_own(const model::Verdict& verdict) {
    line_.put("monotonic_ns", verdict.monotonic_ns);
    members::report_findings(line_, verdict);
    members::put_sentence(line_, "advice", add_advice, verdict, words_);
    if (verdict.process) {
        line_.add("cgroup", verdict.process->cgroup);
        line_.add("unit", model::unit_of(verdict.process->cgroup));
    }
    if (verdict.kind == model::VerdictKind::kFailedWrite) members::report_failure(line_, verdict);
    if (verdict.connection) line_.add_object("connection", [&] { members::report(line_, *verdict.connection); });
    members::report_circumstances(line_, verdict, words_);
}

void Ecs::emit() {
    const std::string_view line = line_.end();
    if (sink_) sink_(line);
}

void Ecs::start(const model::RunStart& start) {
    clock_.start(start);
    origins_.start(start);
    version_ = start.version;
    kernel_ = start.kernel;
    open({start.monotonic_ns, "info", start_words(start), &origins_.whole()});
    put_event("event", "watching-started", LineId(origins_.whole(), "start").view());
    line_.object("tcpblame", [&] { members::report(line_, start); });
    emit();
}

void Ecs::verdict(const model::Verdict& verdict) {
    clock_.pass(verdict.monotonic_ns);
    const Origin& origin = origins_.of(verdict.recording);
    words_.clear();
    add_summary(words_, verdict);
    open({verdict.monotonic_ns, level_of(verdict), words_.view(), &origin});
    put_event(verdict, LineId(origin, verdict).view());
    line_.add_object("error", [&] {
        line_.add("code", error_name_of(verdict));
        line_.add("type", error_type_of(verdict));
    });
    if (verdict.process) {
        put_process(line_, *verdict.process);
        put_place(line_, *verdict.process);
    }
    put_network(line_, verdict);
    line_.object("tcpblame", [&] { put_own(verdict); });
    emit();
}

void Ecs::lost(const model::LostEvents& lost) {
    const Origin& origin = origins_.of(lost.recording);
    open({clock_.known_ns(lost), "warn", lost_words(lost), &origin});
    put_event("pipeline_error", "events-lost", LineId(origin, lost).view());
    line_.object("tcpblame", [&] { members::report(line_, lost); });
    emit();
}

void Ecs::alike(const model::AlikeVerdicts& alike) {
    clock_.pass(alike.last_ns);
    open({alike.first.monotonic_ns, "warn", alike_words(alike), &origins_.of(alike.first.recording)});
    put_event("event", "breaks-counted", "");
    line_.object("tcpblame", [&] { members::report(line_, alike); });
    emit();
}

void Ecs::heartbeat(const model::RunEnd& so_far) {
    open({so_far.monotonic_ns, "info", end_words(so_far), &origins_.whole()});
    put_event("event", "heartbeat", "");
    line_.object("tcpblame", [&] { members::put_counts(line_, so_far); });
    emit();
}

void Ecs::end(const model::RunEnd& end) {
    open({end.monotonic_ns, "info", end_words(end), &origins_.whole()});
    put_event("event", "watching-ended", LineId(origins_.whole(), "end").view());
    line_.object("tcpblame", [&] { members::report(line_, end); });
    emit();
}

} // namespace tcpblame::render
