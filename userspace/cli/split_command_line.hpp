/// Keeps the words of the command that `run` starts from being taken for ours.
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

/// `app` knows which options take a value.
SplitCommandLine split_command_line(const CLI::App& app, const std::vector<const char*>& words);

} // namespace tcpblame::cli
