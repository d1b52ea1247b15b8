#include "wire/user_frames.hpp"

#include "wire/packer.hpp"

#include <array>
#include <variant>

namespace tcpblame::wire {
namespace {

constexpr std::uint32_t kNoCpu = UINT32_MAX;

Packer packer(UserFrame type) { return Packer(static_cast<std::uint16_t>(type)); }

model::EventsLost take_lost(Unpacker& in) {
    model::EventsLost event;
    event.lost.count = in.take<std::uint64_t>();
    const auto cpu = in.take<std::uint32_t>();
    if (cpu != kNoCpu) event.lost.cpu = cpu;
    event.lost.after_monotonic_ns = in.take<std::uint64_t>();
    event.lost.before_monotonic_ns = in.take<std::uint64_t>();
    if (in.at_end()) return event; // of version 1.7
    event.lost.first = in.take<std::uint64_t>();
    return event;
}

/// In this order, for ever; more come behind the last.
constexpr std::array kNames = {
    &model::ContainerNames::name,
    &model::ContainerNames::image,
    &model::ContainerNames::pod,
    &model::ContainerNames::pod_namespace,
    &model::ContainerNames::compose_project,
    &model::ContainerNames::compose_service,
    &model::ContainerNames::app,
};

void put_names(Packer& out, const model::ContainerNames& names) {
    for (const auto each : kNames) out.put(names.*each);
}

model::ContainerNames take_names(Unpacker& in) {
    model::ContainerNames names;
    for (const auto each : kNames) names.*each = in.take_string();
    return names;
}

model::ProcessKnown take_process(Unpacker& in) {
    model::ProcessKnown event;
    event.time_ns = in.take<std::uint64_t>();
    event.pid = in.take<std::uint32_t>();
    event.exe = in.take_string();
    event.cgroup = in.take_string();
    for (auto left = in.take<std::uint32_t>(); left > 0 && in.good(); --left) {
        model::Mapping mapping;
        mapping.start = in.take<std::uint64_t>();
        mapping.end = in.take<std::uint64_t>();
        mapping.file_offset = in.take<std::uint64_t>();
        mapping.path = in.take_string();
        event.mappings.push_back(std::move(mapping));
    }
    event.is_another = !in.at_end() && in.take_bool(); // version 1.0 did not say
    if (in.at_end()) return event;                     // of version 1.8
    event.argv = in.take_string();
    event.container = take_names(in);
    return event;
}

model::CgroupKnown take_cgroup(Unpacker& in) {
    model::CgroupKnown event;
    event.id = in.take<std::uint64_t>();
    event.path = in.take_string();
    if (!in.at_end()) event.container = take_names(in); // since version 1.9
    return event;
}

model::ClockSet take_clock(Unpacker& in) {
    model::ClockSet event;
    event.time_ns = in.take<std::uint64_t>();
    event.realtime_offset_ns = in.take<std::int64_t>();
    return event;
}

} // namespace

FrameBytes encode(const model::TimePassed& passed) {
    return packer(UserFrame::kTimePassed).put(passed.now_ns).finish(passed.now_ns);
}

FrameBytes encode(const model::EventsLost& event) {
    const model::LostEvents& lost = event.lost;
    return packer(UserFrame::kEventsLost)
        .put(lost.count)
        .put(lost.cpu.value_or(kNoCpu))
        .put(lost.after_monotonic_ns)
        .put(lost.before_monotonic_ns)
        .put(lost.first)
        .finish(lost.before_monotonic_ns);
}

FrameBytes encode(const model::ProcessKnown& known) {
    Packer out = packer(UserFrame::kProcessKnown);
    out.put(known.time_ns).put(known.pid).put(known.exe).put(known.cgroup);
    out.put(static_cast<std::uint32_t>(known.mappings.size()));
    for (const model::Mapping& mapping : known.mappings)
        out.put(mapping.start).put(mapping.end).put(mapping.file_offset).put(mapping.path);
    out.put(known.is_another).put(known.argv);
    put_names(out, known.container);
    return out.finish(known.time_ns);
}

FrameBytes encode(const model::CgroupKnown& known) {
    Packer out = packer(UserFrame::kCgroupKnown);
    out.put(known.id).put(known.path);
    put_names(out, known.container);
    return out.finish(0);
}

FrameBytes encode(const model::ClockSet& set) {
    return packer(UserFrame::kClockSet).put(set.time_ns).put(set.realtime_offset_ns).finish(set.time_ns);
}

FrameBytes encode(const model::LookedUp& event) {
    return std::visit([](const auto& one) { return encode(one); }, event);
}

std::optional<model::Event> decode_user_frame(std::uint16_t type, Frame payload) {
    Unpacker in(payload);
    std::optional<model::Event> event;
    switch (static_cast<UserFrame>(type)) {
    case UserFrame::kTimePassed: event = model::TimePassed{in.take<std::uint64_t>()}; break;
    case UserFrame::kEventsLost: event = take_lost(in); break;
    case UserFrame::kProcessKnown: event = take_process(in); break;
    case UserFrame::kCgroupKnown: event = take_cgroup(in); break;
    case UserFrame::kClockSet: event = take_clock(in); break;
    }
    return in.good() ? event : std::nullopt;
}

} // namespace tcpblame::wire
