#include "store/row.hpp"

#include "store/flow_key.hpp"
#include "store/frame_bytes.hpp"
#include "wire/run_frames.hpp"
#include "wire/user_frames.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

namespace tcpblame::store {
namespace {

using nlohmann::json;

bool is(wire::RunFrame kind, std::uint16_t type) { return type == static_cast<std::uint16_t>(kind); }
bool is(wire::UserFrame kind, std::uint16_t type) { return type == static_cast<std::uint16_t>(kind); }

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
/// Enough for a minute of an idle host.
constexpr std::size_t kMostGatheredBytes = std::size_t{32} * 1024;

} // namespace

std::string host_column(std::string_view host) {
    const std::string quoted = json(host).dump(-1, ' ', false, json::error_handler_t::replace);
    return json::parse(quoted).get<std::string>();
}

std::uint64_t run_column(const model::RecordedRun& run, wire::Frame first) {
    if (run.id != 0) return run.id;
    const std::uint64_t made = hash_of(text_of(first));
    return made == 0 ? 1 : made;
}

void RowMaker::take(wire::Frame frame) {
    const std::uint16_t type = header_of(frame).type;
    if (frame.size() < sizeof(wire_header)) {
        ++index_;
        ++left_out_;
        return;
    }
    if (is(wire::RunFrame::kRunStarted, type)) {
        const auto record = wire::decode_run_frame(frame);
        if (record && std::holds_alternative<model::RecordedRun>(*record))
            begin_part(std::get<model::RecordedRun>(*record), frame);
    }
    if (!begun_) {
        ++left_out_;
        return;
    }
    if (is(wire::UserFrame::kTimePassed, type)) return gather(frame);
    flush();
    const wire_header header = header_of(frame);
    if (is(wire::UserFrame::kClockSet, type))
        if (const auto event = wire::decode_user_frame(type, frame.subspan(sizeof(header))))
            if (const auto* set = std::get_if<model::ClockSet>(&*event)) realtime_offset_ns_ = set->realtime_offset_ns;
    const bool is_mark = is(wire::RunFrame::kFactsRepeated, type);
    if (!repeats_) now_ns_ = std::max<std::uint64_t>(now_ns_, header.time_ns);
    add(row_at(index_++, frame));
    if (is_mark) repeats_ = false;
}

void RowMaker::begin_part(const model::RecordedRun& run, wire::Frame frame) {
    finish();
    // A later part repeats how the clock was set last.
    realtime_offset_ns_ = run.start.realtime_offset_ns;
    now_ns_ = run.start.monotonic_ns;
    host_ = host_column(run.host);
    run_ = run_column(run, frame);
    part_ = run.part;
    index_ = 0;
    repeats_ = run.part > 0;
    begun_ = true;
}

void RowMaker::gather(wire::Frame frame) {
    if (gathered_ && gathered_->frame.size() + frame.size() > kMostGatheredBytes) flush();
    if (!repeats_) now_ns_ = std::max<std::uint64_t>(now_ns_, header_of(frame).time_ns);
    if (gathered_)
        gathered_->frame += text_of(frame);
    else
        gathered_ = row_at(index_, frame);
    ++index_;
}

void RowMaker::flush() {
    if (!gathered_) return;
    FrameRow row = std::move(*gathered_);
    gathered_.reset();
    add(std::move(row));
}

FrameRow RowMaker::row_at(std::uint64_t index, wire::Frame frame) const {
    FrameRow row;
    const FrameKeys keys = keys_of(frame);
    row.flow = keys.flow;
    row.numbers = keys.numbers;
    row.host = host_;
    row.run = run_;
    row.sequence = sequence_of(part_, index);
    row.time_ns = static_cast<std::int64_t>(now_ns_) + realtime_offset_ns_;
    row.kind = header_of(frame).type;
    row.frame = text_of(frame);
    return row;
}

void RowMaker::add(FrameRow&& row) {
    const bool is_dated = !repeats_ && header_of(frame_in(row.frame)).time_ns != 0;
    if (repeats_ || (!waiting_.empty() && !is_dated)) {
        waiting_.push_back(std::move(row));
        return;
    }
    const std::int64_t time_ns = row.time_ns;
    for (FrameRow& each : waiting_) {
        each.time_ns = time_ns;
        sink_(std::move(each));
    }
    waiting_.clear();
    sink_(std::move(row));
}

void RowMaker::finish() {
    flush();
    for (FrameRow& each : std::exchange(waiting_, {})) sink_(std::move(each));
}

namespace {

std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& object_in(const json& object, const char* name) {
    static const json none = json::object();
    const auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : none;
}

/// "10.0.0.7:41822", "[::1]:5432"
void take_end(const std::string& text, std::string& address, std::uint16_t& port) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return;
    address = text.substr(0, colon);
    if (address.size() > 2 && address.front() == '[') address = address.substr(1, address.size() - 2);
    port = static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10));
}

std::uint64_t flow_between(const VerdictRow& row) {
    const auto address_of = [](const std::string& text, std::uint16_t port) {
        model::Address address{model::Family::kIpv4, {}, port};
        if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) return address;
        address.family = model::Family::kIpv6;
        if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1) address.port = 0;
        return address;
    };
    return flow_key({address_of(row.local_address, row.local_port), address_of(row.remote_address, row.remote_port)});
}

/// "2026-11-29T06:19:42.123456789Z" as --json has it, or with an offset behind: since the epoch.
std::int64_t time_in(const std::string& text) {
    std::tm day{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &day);
    if (rest == nullptr) return 0;
    std::int64_t ns = 0;
    if (*rest == '.')
        for (std::int64_t unit = kNsPerSecond / 10; *++rest >= '0' && *rest <= '9'; unit /= 10)
            ns += (*rest - '0') * unit;
    return timegm(&day) * kNsPerSecond + ns;
}

} // namespace

std::optional<VerdictRow> verdict_row(std::string_view line, std::string_view host, std::uint64_t run) {
    const json said = json::parse(line, nullptr, false);
    if (!said.is_object()) return std::nullopt;
    VerdictRow row;
    row.type = text_in(said, "type");
    if (row.type != "verdict" && row.type != "teardown") return std::nullopt;
    while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    row.time_ns = time_in(text_in(said, "time"));
    row.host = host_column(host);
    row.run = run;
    const std::string id = text_in(said, "event_id"); // an older recording's lines have none
    row.key = hash_of(id.empty() ? line : std::string_view(id));
    row.cause = text_in(said, "cause");
    row.confidence = text_in(said, "confidence");
    row.error = text_in(object_in(said, "write"), "error");
    const json& process = object_in(said, "process");
    row.process = text_in(process, "name");
    if (row.process.empty()) row.process = text_in(process, "comm");
    row.pid = process.value("pid", std::uint32_t{0});
    row.boot_id = text_in(said, "boot_id");
    row.community_id = text_in(said, "community_id");
    const json& connection = object_in(said, "connection");
    row.connection = text_in(connection, "id");
    take_end(text_in(connection, "local"), row.local_address, row.local_port);
    take_end(text_in(connection, "remote"), row.remote_address, row.remote_port);
    row.flow = flow_between(row);
    row.summary = text_in(said, "summary");
    row.json = line;
    return row;
}

std::string to_json(const VerdictRow& row) {
    const json object{{"time", row.time_ns / kNsPerSecond},
                      {"time_ns", row.time_ns},
                      {"host", row.host},
                      {"run", row.run},
                      {"key", row.key},
                      {"type", row.type},
                      {"cause", row.cause},
                      {"confidence", row.confidence},
                      {"error", row.error},
                      {"process", row.process},
                      {"pid", row.pid},
                      {"boot_id", row.boot_id},
                      {"flow", row.flow},
                      {"connection", row.connection},
                      {"community_id", row.community_id},
                      {"local_address", row.local_address},
                      {"local_port", row.local_port},
                      {"remote_address", row.remote_address},
                      {"remote_port", row.remote_port},
                      {"summary", row.summary},
                      {"json", row.json}};
    return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
}

} // namespace tcpblame::store
