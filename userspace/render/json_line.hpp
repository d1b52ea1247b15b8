/// Writes one line of JSON into a buffer that is used again: no tree of values, and once the buffer has grown
/// no allocation.
///
/// Members come in the order they are put. ASCII only: somebody reads these lines on a terminal too, and C1 controls
/// and bidi overrides in a name would be valid UTF-8. Bytes that are no UTF-8 become U+FFFD.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <type_traits>

namespace tcpblame::render {

class JsonLine {
public:
    /// The line is an object; what is put from here on is its members.
    void begin();
    /// The whole line, until the next begin().
    std::string_view end();

    // A member each, which is there whatever its value. `name` is written as it is: one of the schema's.

    void put(std::string_view name, std::string_view text) {
        put_name(name);
        append_text(text);
    }
    template <std::integral Number>
    void put(std::string_view name, Number number) {
        put_name(name);
        append_number(number);
    }
    /// "0x55e1": a format string would be read each time.
    void put_hex(std::string_view name, std::uint64_t number) {
        put_name(name);
        append_hex(number);
    }
    /// `fill` puts the members.
    template <std::invocable Fill>
    void object(std::string_view name, Fill fill) {
        put_name(name);
        append_object(fill);
    }
    /// Members that were written before, as begin() and end() have them between the braces.
    void put_members(std::string_view members) {
        if (members.empty()) return;
        separate();
        append(members);
    }
    /// `fill` puts the elements.
    template <std::invocable Fill>
    void array(std::string_view name, Fill fill) {
        put_name(name);
        append('[');
        fill();
        append(']');
    }
    /// `each` puts an element for each of `values`.
    template <typename Values, typename Each>
    void array(std::string_view name, const Values& values, Each each) {
        put_name(name);
        append('[');
        for (const auto& value : values) each(value);
        append(']');
    }

    // An element each, of the array that is being put.

    void put(std::string_view text) {
        separate();
        append_text(text);
    }
    /// "3:1742"
    void put_pair(std::uint64_t one, std::uint64_t other) {
        separate();
        append('"');
        append_number(one);
        append(':');
        append_number(other);
        append('"');
    }
    template <std::invocable Fill>
    void object(Fill fill) {
        separate();
        append_object(fill);
    }
    /// `fill` puts the elements.
    template <std::invocable Fill>
    void array(Fill fill) {
        separate();
        append('[');
        fill();
        append(']');
    }

    // A member each where there is something to say. What is not known is absent, never a made-up value: 0, "",
    // nullopt, and an object or an array without anything in it.

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
        const std::size_t before = buffer_.size();
        object(name, fill);
        if (buffer_[buffer_.size() - 2] == '{') buffer_.resize(before);
    }
    template <typename Values, typename Each>
    void add_array(std::string_view name, const Values& values, Each each) {
        if (!values.empty()) array(name, values, each);
    }

    /// How much is written, to go back there by cut().
    [[nodiscard]] std::size_t size() const { return buffer_.size(); }
    void cut(std::size_t size) { buffer_.resize(size); }

private:
    /// Where so many bytes are to be written. A line is made of many small pieces: what each costs is this.
    char* grow(std::size_t bytes) {
        const std::size_t before = buffer_.size();
        buffer_.resize(before + bytes);
        return buffer_.data() + before;
    }
    void append(char byte) { *grow(1) = byte; }
    void append(std::string_view bytes) { std::copy(bytes.begin(), bytes.end(), grow(bytes.size())); }

    template <typename Number>
    void append_number(Number number) {
        if constexpr (std::is_same_v<Number, bool>) {
            append(number ? std::string_view{"true"} : std::string_view{"false"});
        } else {
            const fmt::format_int digits(number);
            append({digits.data(), digits.size()});
        }
    }
    void append_hex(std::uint64_t number);
    template <typename Fill>
    void append_object(Fill& fill) {
        append('{');
        fill();
        append('}');
    }
    void append_text(std::string_view text);
    /// What `rest` begins with, which is not to be written as it is; says how many bytes that were.
    std::size_t append_escaped(std::string_view rest);

    /// No value ends in a bracket that opens one: after it comes the first.
    void separate() {
        const char last = buffer_[buffer_.size() - 1];
        if (last != '{' && last != '[') append(',');
    }
    void put_name(std::string_view name) {
        separate();
        char* at = grow(name.size() + 3);
        *at++ = '"';
        at = std::copy(name.begin(), name.end(), at);
        *at++ = '"';
        *at = ':';
    }

    fmt::memory_buffer buffer_;
};

} // namespace tcpblame::render
