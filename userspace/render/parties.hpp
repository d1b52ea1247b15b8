/// The two sides of a verdict in a few words: for tables that add up many of them.
#pragma once

#include "model/verdict.hpp"

#include <string>

namespace tcpblame::render {

/// The process's name (its thread's, where only that is known), and on which host, where that is reported: untrusted
/// bytes. Empty where neither name is known. `host`: where the process itself names none.
std::string name_at(const model::Process& process, const std::string& host);

/// Who is at the other end, or did it from outside; nullptr where no name of it is known.
const model::Process* named_peer(const model::Verdict& verdict);

/// The peer's name; its address, where that is not known; empty where nothing is. Untrusted bytes.
std::string peer_of(const model::Verdict& verdict);

} // namespace tcpblame::render
