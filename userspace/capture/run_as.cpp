#include "capture/run_as.hpp"

#include "capture/capabilities.hpp"
#include "capture/owned_caps.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <string_view>
#include <sys/capability.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

std::optional<uid_t> number_in(std::string_view text) {
    uid_t number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    // The highest means "as it is" to setresuid(2).
    if (error != std::errc{} || end != text.data() + text.size() || number == static_cast<uid_t>(-1))
        return std::nullopt;
    return number;
}

User user_of(const passwd& entry) {
    return {
        .uid = entry.pw_uid, .gid = entry.pw_gid, .name = entry.pw_name, .home = entry.pw_dir, .shell = entry.pw_shell};
}

bool take_groups_of(const User& user) {
    if (!user.name.empty()) return initgroups(user.name.c_str(), user.gid) == 0;
    return setgroups(1, &user.gid) == 0;
}

} // namespace

Result<User> find_user(const std::string& name) {
    const passwd* entry = getpwnam(name.c_str());
    if (const auto uid = number_in(name); entry == nullptr && uid) entry = getpwuid(*uid);
    if (entry != nullptr) return user_of(*entry);
    return fail(ExitCode::kUsage, fmt::format("--user does not take '{}'", name), "there is no such user",
                "see them with: getent passwd");
}

Result<std::optional<User>> sudo_caller() {
    const char* uid_text = std::getenv("SUDO_UID");
    const char* gid_text = std::getenv("SUDO_GID");
    if (geteuid() != 0 || uid_text == nullptr) return std::nullopt;
    const auto uid = number_in(uid_text);
    const auto gid = number_in(gid_text == nullptr ? "" : gid_text);
    if (!uid || !gid)
        return fail(ExitCode::kUsage, "who called sudo is not clear", "SUDO_UID and SUDO_GID are not two numbers",
                    "say as whom the command is to run: -u USER");
    if (*uid == 0) return std::nullopt;
    const passwd* entry = getpwuid(*uid);
    User user = entry == nullptr ? User{.uid = *uid} : user_of(*entry);
    user.gid = *gid;
    return user;
}

bool become(const User& user) {
    return cap_reset_ambient() == 0 && take_groups_of(user) && setresgid(user.gid, user.gid, user.gid) == 0 &&
           setresuid(user.uid, user.uid, user.uid) == 0;
}

void take_environment_of(const User& user) {
    for (const char* of_sudo : {"SUDO_UID", "SUDO_GID", "SUDO_USER", "SUDO_COMMAND"}) unsetenv(of_sudo);
    const auto put = [](const char* name, const std::string& value) {
        if (value.empty())
            unsetenv(name);
        else
            setenv(name, value.c_str(), 1);
    };
    put("HOME", user.home);
    put("LOGNAME", user.name);
    put("SHELL", user.shell);
    put("USER", user.name);
}

bool keep_capabilities_from_commands() {
    const auto is_cleared = [](const Capability& each) { return cap_set_ambient(each.value, CAP_CLEAR) == 0; };
    return std::ranges::all_of(attach_capabilities(), is_cleared) &&
           std::ranges::all_of(look_up_capabilities(), is_cleared);
}

bool give_up_capabilities() {
    if (geteuid() == 0) return true;
    const OwnedCaps none(cap_init());
    return none && cap_set_proc(none.get()) == 0;
}

} // namespace tcpblame::capture
