#include "cli/messages.hpp"

#include "render/escape.hpp"
#include "render/sentences.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <string>

namespace tcpblame::cli {
namespace {

/// A file or an argument may be named with bytes that are not for a terminal.
std::string safe(const std::string& text) {
    constexpr std::size_t kLongEnough = 1000;
    return render::printable(text, kLongEnough);
}

} // namespace

void print_error(const Error& error) {
    std::string text = "tcpblame: " + safe(error.what);
    if (!error.why.empty()) text += ": " + safe(error.why);
    text += '\n';
    if (!error.todo.empty()) text += "tcpblame: " + safe(error.todo) + '\n';
    std::fputs(text.c_str(), stderr);
}

void print_limits(const std::vector<model::RunLimit>& limits) {
    for (const model::RunLimit limit : limits) {
        const render::LimitWords words = render::limit_words(limit);
        print_error({ExitCode::kOk, std::string(words.what), std::string(words.why), std::string(words.todo)});
    }
}

} // namespace tcpblame::cli
