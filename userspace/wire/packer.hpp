/// How userspace lays out the fields of its own frames: one after the other, in native byte order; a string or a list
/// goes after its length (u32).
#pragma once

#include "bpf/wire.h"
#include "wire/frame.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace tcpblame::wire {

class Packer {
public:
    explicit Packer(std::uint16_t type) : bytes_(sizeof(wire_header)) { header_.type = type; }

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
    template <typename T>
    Packer& put_list(const std::vector<T>& list) {
        put(static_cast<std::uint32_t>(list.size()));
        for (const T& each : list) put(each);
        return *this;
    }

    /// The header's size field is 16 bits wide and says 0 for a longer frame: then its span says it.
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

/// Reading past the end gives zeros and marks the whole as bad. Bytes that are left over are a newer writer's.
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
    [[nodiscard]] bool take_bool() { return take<std::uint8_t>() != 0; }
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
    template <typename TakeOne>
    auto take_list(const TakeOne& take_one) {
        std::vector<decltype(take_one())> list;
        for (auto left = take<std::uint32_t>(); left > 0 && good_; --left) list.push_back(take_one());
        return list;
    }
    template <typename T>
    std::vector<T> take_numbers() {
        return take_list([this] { return take<T>(); });
    }
    std::vector<std::string> take_strings() {
        return take_list([this] { return take_string(); });
    }
    [[nodiscard]] bool good() const { return good_; }
    /// Nothing is left: what was appended later is not there.
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    Frame rest_;
    bool good_ = true;
};

} // namespace tcpblame::wire
