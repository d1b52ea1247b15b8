#include "wire/run_frames.hpp"

#include "wire/packer.hpp"

namespace tcpblame::wire {
namespace {

constexpr std::uint64_t kNone = UINT64_MAX;

Packer packer(RunFrame type) { return Packer(static_cast<std::uint16_t>(type)); }

std::optional<std::uint64_t> known(std::uint64_t value) {
    return value == kNone ? std::nullopt : std::optional<std::uint64_t>(value);
}

void put(Packer& out, const model::Selection& selection) {
    out.put_list(selection.ports).put_list(selection.local_ports).put_list(selection.remote_ports);
    out.put_list(selection.pids).put_list(selection.comms).put_list(selection.cgroups).put_list(selection.netns);
    out.put(selection.follow).put(selection.ipv4).put(selection.ipv6);
}

model::Selection take_selection(Unpacker& in) {
    model::Selection selection;
    selection.ports = in.take_numbers<std::uint16_t>();
    selection.local_ports = in.take_numbers<std::uint16_t>();
    selection.remote_ports = in.take_numbers<std::uint16_t>();
    selection.pids = in.take_numbers<std::uint32_t>();
    selection.comms = in.take_strings();
    selection.cgroups = in.take_strings();
    selection.netns = in.take_numbers<std::uint32_t>();
    selection.follow = in.take_bool();
    selection.ipv4 = in.take_bool();
    selection.ipv6 = in.take_bool();
    return selection;
}

void put(Packer& out, const std::vector<model::Prefix>& prefixes) {
    out.put(static_cast<std::uint32_t>(prefixes.size()));
    for (const model::Prefix& prefix : prefixes) {
        out.put(static_cast<std::uint8_t>(prefix.address.family)).put(prefix.length);
        for (const std::uint8_t byte : prefix.address.bytes) out.put(byte);
    }
}

std::vector<model::Prefix> take_prefixes(Unpacker& in) {
    return in.take_list([&in] {
        model::Prefix prefix;
        prefix.address.family = static_cast<model::Family>(in.take<std::uint8_t>());
        prefix.length = in.take<std::uint8_t>();
        for (std::uint8_t& byte : prefix.address.bytes) byte = in.take<std::uint8_t>();
        return prefix;
    });
}

std::uint8_t code_of(std::optional<model::Part> part) {
    return part ? static_cast<std::uint8_t>(static_cast<std::uint8_t>(*part) + 1) : 0;
}

std::optional<model::Part> part_of(std::uint8_t code) {
    if (code == 0 || code > code_of(model::Part::kBoth)) return std::nullopt;
    return static_cast<model::Part>(code - 1);
}

model::RecordedRun take_run(Unpacker& in) {
    model::RecordedRun run;
    run.start.monotonic_ns = in.take<std::uint64_t>();
    run.start.realtime_offset_ns = in.take<std::int64_t>();
    run.start.watching = in.take_string();
    run.start.open_connections = known(in.take<std::uint64_t>());
    run.start.version = in.take_string();
    run.selection = take_selection(in);
    run.all = in.take_bool();
    run.count = known(in.take<std::uint64_t>());
    run.host = in.take_string();
    run.kernel = in.take_string();
    run.hooks = in.take_strings();
    if (in.at_end()) return run; // of version 1.0
    run.id = run.start.run_id = in.take<std::uint64_t>();
    run.part = in.take<std::uint32_t>();
    if (in.at_end()) return run; // of version 1.1
    run.max_memory = in.take<std::uint64_t>();
    if (in.at_end()) return run; // of version 1.3
    for (const auto limit : in.take_numbers<std::uint8_t>())
        if (limit <= static_cast<std::uint8_t>(model::RunLimit::kForeignProc))
            run.start.limits.push_back(static_cast<model::RunLimit>(limit));
    if (in.at_end()) return run; // of version 1.4
    run.selection.hosts = take_prefixes(in);
    if (in.at_end()) return run; // of version 1.5
    run.unanswered = in.take_bool();
    if (in.at_end()) return run; // of version 1.6
    run.selection.as = part_of(in.take<std::uint8_t>());
    if (in.at_end()) return run; // of version 1.7
    run.start.boot_id = in.take_string();
    return run;
}

void put(Packer& out, const model::StackFrame& frame) {
    out.put(frame.address).put(frame.module).put(frame.offset).put(frame.build_id).put(frame.path);
    out.put(frame.function).put(frame.function_offset).put(frame.file).put(frame.line);
}

model::StackFrame take_frame(Unpacker& in) {
    model::StackFrame frame;
    frame.address = in.take<std::uint64_t>();
    frame.module = in.take_string();
    frame.offset = in.take<std::uint64_t>();
    frame.build_id = in.take_string();
    frame.path = in.take_string();
    frame.function = in.take_string();
    frame.function_offset = in.take<std::uint64_t>();
    frame.file = in.take_string();
    frame.line = in.take<std::int32_t>();
    return frame;
}

model::NamedStack take_stack(Unpacker& in) {
    model::NamedStack stack;
    stack.key = in.take_string();
    stack.frames = in.take_list([&in] { return take_frame(in); });
    if (in.at_end()) return stack; // of version 1.9
    for (model::StackFrame& frame : stack.frames) frame.is_inlined = in.take_bool();
    return stack;
}

model::RecordedEnd take_end(Unpacker& in) {
    model::RecordedEnd end;
    end.monotonic_ns = in.take<std::uint64_t>();
    const auto reason = in.take<std::uint8_t>();
    if (reason <= static_cast<std::uint8_t>(model::RunEndReason::kCommandEnded))
        end.reason = static_cast<model::RunEndReason>(reason);
    if (in.at_end()) return end; // of version 1.0
    const auto made = known(in.take<std::uint64_t>());
    const auto seen = in.take<std::uint64_t>();
    if (made) end.events = {*made, seen};
    return end;
}

} // namespace

FrameBytes encode(const model::RecordedRun& run) {
    Packer out = packer(RunFrame::kRunStarted);
    out.put(run.start.monotonic_ns).put(run.start.realtime_offset_ns).put(run.start.watching);
    out.put(run.start.open_connections.value_or(kNone)).put(run.start.version);
    put(out, run.selection);
    out.put(run.all).put(run.count.value_or(kNone)).put(run.host).put(run.kernel).put_list(run.hooks);
    out.put(run.id).put(run.part).put(run.max_memory);
    out.put(static_cast<std::uint32_t>(run.start.limits.size()));
    for (const model::RunLimit limit : run.start.limits) out.put(static_cast<std::uint8_t>(limit));
    put(out, run.selection.hosts);
    out.put(run.unanswered);
    out.put(code_of(run.selection.as));
    out.put(run.start.boot_id);
    return out.finish(run.start.monotonic_ns);
}

FrameBytes encode(const model::NamedStack& stack) {
    Packer out = packer(RunFrame::kStackNamed);
    out.put(stack.key).put(static_cast<std::uint32_t>(stack.frames.size()));
    for (const model::StackFrame& frame : stack.frames) put(out, frame);
    for (const model::StackFrame& frame : stack.frames) out.put(frame.is_inlined);
    return out.finish(0);
}

FrameBytes encode(const model::RecordedEnd& end) {
    return packer(RunFrame::kRunEnded)
        .put(end.monotonic_ns)
        .put(static_cast<std::uint8_t>(end.reason))
        .put(end.events ? end.events->made : kNone)
        .put(end.events ? end.events->seen : kNone)
        .finish(end.monotonic_ns);
}

FrameBytes encode(const model::FactsRepeated& /*mark*/) { return packer(RunFrame::kFactsRepeated).finish(0); }

std::optional<RunRecord> decode_run_frame(Frame frame) {
    if (frame.size() < sizeof(wire_header)) return std::nullopt;
    wire_header header;
    std::memcpy(&header, frame.data(), sizeof(header));
    Unpacker in(frame.subspan(sizeof(header)));
    std::optional<RunRecord> record;
    switch (static_cast<RunFrame>(header.type)) {
    case RunFrame::kRunStarted: record = take_run(in); break;
    case RunFrame::kStackNamed: record = take_stack(in); break;
    case RunFrame::kRunEnded: record = take_end(in); break;
    case RunFrame::kFactsRepeated: record = model::FactsRepeated{}; break;
    }
    return in.good() ? record : std::nullopt;
}

} // namespace tcpblame::wire
