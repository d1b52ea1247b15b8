/// How the milestones are put into words for a person.
#pragma once

#include "model/event.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <string>

namespace tcpblame::reconstruct {

/// "client (pid 77)".
std::string who(const model::Process& process);

/// "closed", "closed with 5 B unread", "was killed by SIGKILL", … : fits behind who().
std::string did(const model::PeerAct& act);

} // namespace tcpblame::reconstruct
