/// What both ends of one connection have in common, as a number: by it the engine keeps their frames together.
#pragma once

#include "model/address.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <string_view>

namespace tcpblame::store {

/// The same from either end. It is stored: its making stays. 0 where there is no connection.
std::uint64_t flow_key(const model::Tuple& tuple);

/// Of the connection that the frame is about; 0 where it is about none.
std::uint64_t flow_key(wire::Frame frame);

/// FNV-1a, 64 bits. What is stored by it stays where it is found.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t before = 0xcbf29ce484222325U);

} // namespace tcpblame::store
