/// What started this process, as far as that decides how a capability is granted to it.
#pragma once

#include "model/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tcpblame::capture {

enum class RuntimeEnvironment : std::uint8_t { kSession, kContainer, kKubernetes, kSystemdUnit };

RuntimeEnvironment runtime_environment();

/// The line that grants what is needed to attach, and to name processes: for whoever is reported that it is missing.
std::string how_to_grant(RuntimeEnvironment where);

/// What cannot be named from here.
std::vector<model::RunLimit> naming_limits();

/// By which the kernel names the time since it booted; empty where /proc does not say it.
std::string boot_id();

/// How the kernel's BTF gets to where it is looked for, in a kernel that has it.
std::string how_to_show_btf(RuntimeEnvironment where);

} // namespace tcpblame::capture
