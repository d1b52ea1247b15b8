/// How the clocks of two recordings' hosts are apart, for a person.
#pragma once

#include "reconstruct/clock_offset.hpp"

#include <cstdint>
#include <string>

namespace tcpblame::cli {

/// "the clock of db1 is 12 ms behind that of web1 (± 0.1 ms, from 41 connections)". `ahead_ns`: what the clock of the
/// day there shows more than the one here does.
std::string clock_words(const std::string& here, const std::string& there, std::int64_t ahead_ns,
                        const reconstruct::ClockOffset& found);

} // namespace tcpblame::cli
