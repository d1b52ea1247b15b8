/// What a command line asks for, for the tests.
#pragma once

#include "cli/commands/commands.hpp"

#include <gtest/gtest.h>
#include <variant>
#include <vector>

namespace tcpblame::cli {

inline Result<Command> parsed(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tcpblame");
    return parse(static_cast<int>(arguments.size()), arguments.data());
}

/// The options of whichever command was asked for, as if all had all of them.
struct AnyOptions {
    WatchOptions watch;
    AttachOptions attach;
    LimitOptions limits;
    RecordingOptions recording;
    OutputOptions output;
    RangeOptions range;
    std::string user;
    std::chrono::nanoseconds interval{};
    std::vector<std::string> files;
    std::vector<std::string> command;
    bool with_children = false;
};

inline AnyOptions options_of(const std::vector<const char*>& arguments) {
    AnyOptions all;
    const auto copy = [&all](auto options) {
        const OptionGroups groups = groups_of(options);
        if (groups.watch == nullptr) ADD_FAILURE() << "no command with options";
        const auto take = [](auto& to, const auto* from) {
            if (from != nullptr) to = *from;
        };
        take(all.watch, groups.watch);
        take(all.attach, groups.attach);
        take(all.limits, groups.limits);
        take(all.recording, groups.recording);
        take(all.output, groups.output);
        take(all.range, groups.range);
        take(all.user, groups.user);
        take(all.interval, groups.interval);
        if constexpr (requires { options.files; }) all.files = options.files;
        if constexpr (requires { options.command; }) all.command = options.command;
        if constexpr (requires { options.with_children; }) all.with_children = options.with_children;
    };
    if (const auto command = parsed(arguments))
        std::visit(copy, *command);
    else
        ADD_FAILURE() << command.error().what;
    return all;
}

} // namespace tcpblame::cli
