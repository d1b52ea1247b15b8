/// Writes members as the attributes of an OpenTelemetry log record, by the calls of JsonLine: an object's members
/// become attributes of their own with its name before theirs, and within an array a list of keys and values.
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
#pragma once

#include "render/json_line.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tcpblame::render {

class OtlpAttributes {
public:
    /// Into the array of `line` that is being put.
    explicit OtlpAttributes(JsonLine& line) : line_(line) {}

    // A member each.

    void put(std::string_view name, std::string_view text) {
        attribute(name, [&] { put_text(text); });
    }
    template <std::integral Number>
    void put(std::string_view name, Number number) {
        attribute(name, [&] { put_number(number); });
    }
    void put_hex(std::string_view name, std::uint64_t number) {
        attribute(name, [&] { line_.put_hex("stringValue", number); });
    }
    template <std::invocable Fill>
    void object(std::string_view name, Fill fill) {
        if (in_array_) return attribute(name, [&] { put_list(fill); });
        const std::size_t before = prefix_.size();
        prefix_.append(name).append(".");
        fill();
        prefix_.resize(before);
    }
    template <typename Fill>
    void array(std::string_view name, Fill fill) {
        attribute(name, [&] {
            line_.object("arrayValue", [&] {
                const bool before = std::exchange(in_array_, true);
                line_.array("values", fill);
                in_array_ = before;
            });
        });
    }
    template <typename Values, typename Each>
    void array(std::string_view name, const Values& values, Each each) {
        array(name, [&] {
            for (const auto& value : values) each(value);
        });
    }

    // An element each, of the array that is being put.

    void put(std::string_view text) {
        line_.object([&] { put_text(text); });
    }
    void put_pair(std::uint64_t one, std::uint64_t other) { put(fmt::format("{}:{}", one, other)); }
    template <std::invocable Fill>
    void object(Fill fill) {
        line_.object([&] { put_list(fill); });
    }

    // A member each where there is something to say, as JsonLine has it.

    void add(std::string_view name, std::string_view text) {
        if (!text.empty()) put(name, text);
    }
    template <std::integral Number>
    void add(std::string_view name, const std::optional<Number>& number) {
        if (number) put(name, *number);
    }
    void add_nonzero(std::string_view name, std::uint64_t number) {
        if (number != 0) put(name, number);
    }
    template <std::invocable Fill>
    void add_object(std::string_view name, Fill fill) {
        const std::size_t size = line_.size();
        const std::size_t attributes = attributes_;
        object(name, fill);
        if (in_array_ && attributes_ == attributes + 1) line_.cut(size); // nothing but the object itself
    }
    template <typename Values, typename Each>
    void add_array(std::string_view name, const Values& values, Each each) {
        if (!values.empty()) array(name, values, each);
    }

private:
    template <typename Value>
    void attribute(std::string_view name, Value value) {
        ++attributes_;
        line_.object([&] {
            if (in_array_ || prefix_.empty()) {
                line_.put("key", name);
            } else {
                const std::size_t before = prefix_.size();
                line_.put("key", prefix_.append(name));
                prefix_.resize(before);
            }
            line_.object("value", value);
        });
    }
    void put_text(std::string_view text) { line_.put("stringValue", text); }
    /// 64 bits are a string there, and have a sign.
    template <typename Number>
    void put_number(Number number) {
        if constexpr (std::is_same_v<Number, bool>) {
            line_.put("boolValue", number);
        } else {
            constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
            const std::int64_t value = std::cmp_greater(number, kMost) ? kMost : static_cast<std::int64_t>(number);
            const fmt::format_int digits(value);
            line_.put("intValue", std::string_view(digits.data(), digits.size()));
        }
    }
    template <typename Fill>
    void put_list(Fill& fill) {
        line_.object("kvlistValue", [&] { line_.array("values", fill); });
    }

    JsonLine& line_;
    std::string prefix_; ///< of the objects that are being put
    bool in_array_ = false;
    std::size_t attributes_ = 0; ///< that were written
};

} // namespace tcpblame::render
