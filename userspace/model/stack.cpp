#include "model/stack.hpp"

#include <string>

namespace tcpblame::model {
namespace {

std::string hex_of(const Stack::BuildId& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

} // namespace

Stack::Stack(std::initializer_list<StackFrame> frames) {
    for (const StackFrame& frame : frames) add(frame.address);
}

void Stack::add(std::uint64_t address) {
    if (!walk_) walk_.emplace();
    if (walk_->count < kDepth) walk_->addresses[walk_->count++] = address;
}

void Stack::set_file(const BuildId& build_id, std::uint64_t offset) {
    if (empty()) return;
    if (!files_) files_.emplace();
    const std::size_t last = walk_->count - std::size_t{1};
    files_->build_ids[last] = build_id;
    files_->offsets[last] = offset;
    files_->known[last] = true;
}

void Stack::set_top(const Words& words, std::uint64_t link_register) {
    if (empty()) return;
    walk_->top = words;
    walk_->link_register = link_register;
    walk_->has_top = true;
}

void Stack::add_unwound(const UnwoundFrame& frame) {
    if (!unwound_) unwound_.emplace();
    if (unwound_->size() < kMostUnwound) unwound_->push_back(frame);
}

StackFrame Stack::operator[](std::size_t at) const {
    if (named_) return (*named_)[at];
    StackFrame frame;
    put_in(frame, at);
    return frame;
}

/// As the walk has it, into a frame that is empty.
void Stack::put_in(StackFrame& frame, std::size_t at) const {
    if (unwound_) {
        const UnwoundFrame& one = (*unwound_)[at];
        frame.address = one.address;
        frame.is_code = true;
        if (!one.has_file) return;
        frame.build_id = hex_of(one.build_id);
        frame.offset = one.offset;
        return;
    }
    frame.address = walk_->addresses[at];
    if (files_ && files_->known[at]) {
        frame.build_id = hex_of(files_->build_ids[at]);
        frame.offset = files_->offsets[at];
    }
    if (at == 0 && walk_->has_top) {
        frame.stack_words.assign(walk_->top.begin(), walk_->top.end());
        frame.link_register = walk_->link_register;
    }
}

std::vector<StackFrame> Stack::frames() const {
    if (named_) return *named_;
    std::vector<StackFrame> frames(size());
    for (std::size_t i = 0; i < frames.size(); ++i) put_in(frames[i], i);
    return frames;
}

} // namespace tcpblame::model
