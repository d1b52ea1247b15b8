/// Whom a command is run as: nobody's program gets root's rights because its tracer has to have them.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace tcpblame::capture {

struct User {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name = {};  ///< empty where /etc/passwd does not know it: it has no further groups, then
    std::string home = {};  ///< empty likewise
    std::string shell = {}; ///< empty likewise
};

/// By name or by number. Fails with kUsage where there is none.
Result<User> find_user(const std::string& name);

/// Who called sudo, where this process is root; nullopt where nobody did, or root did.
/// Fails with kUsage where sudo's word cannot be understood: the command would be root's then, by mistake.
Result<std::optional<User>> sudo_caller();

/// This process, with all its groups, is the user's from now on. False, with errno, where it may not be: it is neither
/// the one nor the other, then, and must do nothing more.
[[nodiscard]] bool become(const User& user);

/// HOME and the like are the user's, and nothing says any more that sudo was called.
void take_environment_of(const User& user);

/// What is executed from now on gets none of the capabilities that are for tracing. False, with errno, where it might.
[[nodiscard]] bool keep_capabilities_from_commands();

/// For a process that needs none, unless it is root and has to stay it. False, with errno, where it keeps some.
[[nodiscard]] bool give_up_capabilities();

} // namespace tcpblame::capture
