/// What both ends of one connection have in common, as a number: by it the engine keeps their frames together.
#pragma once

#include "model/address.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <string_view>

namespace tcpblame::store {

/// The same from either end. It is stored: its making stays. 0 where there is no connection.
std::uint64_t flow_key(const model::Tuple& tuple);

/// By what the frames of one connection are found; 0 where it is not known, or there is none.
struct FrameKeys {
    std::uint64_t flow = 0;
    /// Of the initial sequence numbers, which are the same at both ends though addresses were rewritten between them.
    /// As counters tell them, they may be off by a little: the other end's may be the next or the one before.
    std::uint32_t numbers = 0;
};

/// Of the connection that the frame is about.
FrameKeys keys_of(wire::Frame frame);

/// FNV-1a, 64 bits. What is stored by it stays where it is found.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t before = 0xcbf29ce484222325U);

} // namespace tcpblame::store
