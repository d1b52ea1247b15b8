/// Gives up, once every hook is attached, what was needed to attach it: whoever takes this process over later, by a
/// hostile file or name, gets little.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <vector>

namespace tcpblame::capture {

/// Keeps the capabilities that look-ups in /proc need, of those that it has, and never gets another. Root becomes
/// nobody. `can_read_maps` is asked while CAP_BPF is not effective: where it fails, that stays too.
/// What was refused, and what cannot be looked up so, is returned for a person to read; tracing goes on all the same.
[[nodiscard]] std::vector<Error> drop_privileges(const std::function<bool()>& can_read_maps);

} // namespace tcpblame::capture
