/// What a command line asks for, for the tests.
#pragma once

#include "cli/options.hpp"

#include <gtest/gtest.h>
#include <variant>
#include <vector>

namespace tcpblame::cli {

inline Result<Command> parsed(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tcpblame");
    return parse(static_cast<int>(arguments.size()), arguments.data());
}

/// Of any command that has options.
inline Options options_of(const std::vector<const char*>& arguments) {
    const auto command = parsed(arguments);
    if (!command) {
        ADD_FAILURE() << command.error().what;
        return {};
    }
    return std::visit(
        [](const auto& one) -> Options {
            if constexpr (requires { one.options; }) return one.options;
            ADD_FAILURE() << "no command with options";
            return {};
        },
        *command);
}

} // namespace tcpblame::cli
