/// Lives of connections as the kernel reports them: the frames of many, made in memory, for what measures the reader.
#pragma once

#include "bpf/wire.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace tcpblame::bench {

/// Frames one after the other, as a ring holds them.
class Tape {
public:
    void put(const void* frame, std::size_t size) {
        const auto* from = static_cast<const std::byte*>(frame);
        ends_.push_back(bytes_.size() + size);
        bytes_.insert(bytes_.end(), from, from + size);
    }
    template <typename Take>
    void play(const Take& take) const {
        std::size_t at = 0;
        for (const std::size_t end : ends_) {
            take(std::span(bytes_).subspan(at, end - at));
            at = end;
        }
    }
    std::size_t frames() const { return ends_.size(); }
    void clear() {
        bytes_.clear();
        ends_.clear();
    }

private:
    std::vector<std::byte> bytes_;
    std::vector<std::size_t> ends_;
};

/// Reports of connection after connection between processes of this host; `number` names one, and is never used again.
class Lives {
public:
    explicit Lives(Tape& tape) : tape_(tape) {}

    /// Both ends were there before the attach.
    void found(std::uint64_t number);
    /// Both ends come to be while every end is reported (--all).
    void opened(std::uint64_t number);
    /// The server closes with SO_LINGER 0, as tests/bench/reset_storm.c does: four events.
    void reset(std::uint64_t number);
    /// The server closes, and the client's write draws a RST and fails: eight events.
    void failing_write(std::uint64_t number);
    /// So much time passes.
    void pass(std::uint64_t ns) { now_ns_ += ns; }
    /// The reader looks up.
    void tick();

private:
    template <typename Wire>
    void put(Wire& wire, std::uint16_t type);

    Tape& tape_;
    std::uint64_t now_ns_ = 1'000'000'000'000;
    std::uint64_t sequence_ = 0;
};

} // namespace tcpblame::bench
