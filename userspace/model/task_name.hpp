/// The name of a thread or a process, as the kernel keeps it: at most 16 bytes, here and on the wire.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace tcpblame::model {

class TaskName {
public:
    TaskName() = default;
    /// What does not fit is cut off.
    TaskName(std::string_view name) { // NOLINT(google-explicit-constructor): a name is a name
        std::memcpy(bytes_.data(), name.data(), std::min(name.size(), bytes_.size()));
    }
    TaskName(const std::string& name) : TaskName(std::string_view(name)) {} // NOLINT(google-explicit-constructor)
    TaskName(const char* name) : TaskName(std::string_view(name)) {}        // NOLINT(google-explicit-constructor)

    [[nodiscard]] std::string_view view() const { return {bytes_.data(), strnlen(bytes_.data(), bytes_.size())}; }
    operator std::string_view() const { return view(); }         // NOLINT(google-explicit-constructor)
    operator std::string() const { return std::string(view()); } // NOLINT(google-explicit-constructor)

    friend bool operator==(const TaskName& one, const TaskName& other) { return one.bytes_ == other.bytes_; }

private:
    std::array<char, 16> bytes_{}; // zeros after the name
};

} // namespace tcpblame::model
