#include "model/recorded.hpp"

namespace tcpblame::model {
namespace {

void append(std::string& key, std::uint64_t value) { key.append(reinterpret_cast<const char*>(&value), sizeof(value)); }

} // namespace

std::string stack_key(std::uint32_t pid, const std::vector<StackFrame>& stack) {
    std::string key;
    append(key, pid);
    for (const StackFrame& frame : stack) {
        append(key, frame.address);
        append(key, frame.offset);
        key += frame.build_id;
        for (const std::uint64_t word : frame.stack_words) append(key, word);
    }
    return key;
}

} // namespace tcpblame::model
