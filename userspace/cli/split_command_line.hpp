/// What is done to the words of the command line before they are parsed.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tcpblame::cli {

struct SplitCommandLine {
    std::vector<const char*> ours;
    std::vector<std::string> command; ///< behind "run", from the first word that is no option of ours, or from "--"
};

/// Keeps the words of the command that `run` starts from being taken for ours. `app` knows which options take a value.
SplitCommandLine split_command_line(const CLI::App& app, const std::vector<const char*>& words);

/// Of "--pid 1 2 -p 3", as $(pidof NAME) makes it, "--pid=1,2,3": numbers that follow are pids, too, and several such
/// options add up. Up to "--"; nothing changes where no value follows.
std::vector<std::string> gather_pids(const CLI::App& app, const std::vector<const char*>& words);

} // namespace tcpblame::cli
