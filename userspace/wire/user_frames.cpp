// Fields one after the other, in native byte order; a string or a list goes after its length (u32).
#include "wire/user_frames.hpp"

#include "bpf/wire.h"

#include <cstring>
#include <string>
#include <type_traits>

namespace tcpblame::wire {
namespace {

constexpr std::uint32_t kNoCpu = UINT32_MAX;

class Packer {
public:
    explicit Packer(UserFrame type) : bytes_(sizeof(wire_header)) { header_.type = static_cast<std::uint16_t>(type); }

    template <typename T>
    requires std::is_integral_v<T> Packer& put(T value) {
        const auto* from = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), from, from + sizeof(value));
        return *this;
    }
    Packer& put(const std::string& text) {
        put(static_cast<std::uint32_t>(text.size()));
        const auto* from = reinterpret_cast<const std::byte*>(text.data());
        bytes_.insert(bytes_.end(), from, from + text.size());
        return *this;
    }

    /// The header's size field is 16 bits wide and says 0 for a longer frame: its span tells.
    FrameBytes finish(std::uint64_t time_ns) {
        header_.size = bytes_.size() <= UINT16_MAX ? static_cast<std::uint16_t>(bytes_.size()) : std::uint16_t{0};
        header_.time_ns = time_ns;
        std::memcpy(bytes_.data(), &header_, sizeof(header_));
        return std::move(bytes_);
    }

private:
    wire_header header_{};
    FrameBytes bytes_;
};

/// Reading past the end gives zeros and marks the whole as bad.
class Unpacker {
public:
    explicit Unpacker(Frame payload) : rest_(payload) {}

    template <typename T>
    T take() {
        T value{};
        if (rest_.size() < sizeof(T)) {
            good_ = false;
            return value;
        }
        std::memcpy(&value, rest_.data(), sizeof(T));
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }
    std::string take_string() {
        const auto length = take<std::uint32_t>();
        if (rest_.size() < length) {
            good_ = false;
            return {};
        }
        std::string text(reinterpret_cast<const char*>(rest_.data()), length);
        rest_ = rest_.subspan(length);
        return text;
    }
    bool good() const { return good_; }

private:
    Frame rest_;
    bool good_ = true;
};

model::EventsLost take_lost(Unpacker& in) {
    model::EventsLost event;
    event.lost.count = in.take<std::uint64_t>();
    const auto cpu = in.take<std::uint32_t>();
    if (cpu != kNoCpu) event.lost.cpu = cpu;
    event.lost.after_monotonic_ns = in.take<std::uint64_t>();
    event.lost.before_monotonic_ns = in.take<std::uint64_t>();
    return event;
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
    return event;
}

model::CgroupKnown take_cgroup(Unpacker& in) {
    model::CgroupKnown event;
    event.id = in.take<std::uint64_t>();
    event.path = in.take_string();
    return event;
}

} // namespace

FrameBytes encode(const model::TimePassed& passed) {
    return Packer(UserFrame::kTimePassed).put(passed.now_ns).finish(passed.now_ns);
}

FrameBytes encode(const model::EventsLost& event) {
    const model::LostEvents& lost = event.lost;
    return Packer(UserFrame::kEventsLost)
        .put(lost.count)
        .put(lost.cpu.value_or(kNoCpu))
        .put(lost.after_monotonic_ns)
        .put(lost.before_monotonic_ns)
        .finish(lost.before_monotonic_ns);
}

FrameBytes encode(const model::ProcessKnown& known) {
    Packer out(UserFrame::kProcessKnown);
    out.put(known.time_ns).put(known.pid).put(known.exe).put(known.cgroup);
    out.put(static_cast<std::uint32_t>(known.mappings.size()));
    for (const model::Mapping& mapping : known.mappings)
        out.put(mapping.start).put(mapping.end).put(mapping.file_offset).put(mapping.path);
    return out.finish(known.time_ns);
}

FrameBytes encode(const model::CgroupKnown& known) {
    return Packer(UserFrame::kCgroupKnown).put(known.id).put(known.path).finish(0);
}

std::optional<model::Event> decode_user_frame(std::uint16_t type, Frame payload) {
    Unpacker in(payload);
    std::optional<model::Event> event;
    switch (static_cast<UserFrame>(type)) {
    case UserFrame::kTimePassed: event = model::TimePassed{in.take<std::uint64_t>()}; break;
    case UserFrame::kEventsLost: event = take_lost(in); break;
    case UserFrame::kProcessKnown: event = take_process(in); break;
    case UserFrame::kCgroupKnown: event = take_cgroup(in); break;
    }
    return in.good() ? event : std::nullopt;
}

} // namespace tcpblame::wire
