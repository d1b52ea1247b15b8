#include "cli/messages.hpp"

#include "record/interruptible_write.hpp"
#include "render/escape.hpp"
#include "render/wording/sentences.hpp"

#include <fmt/format.h>
#include <span>
#include <string>
#include <unistd.h>

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
    put_on_stderr(text);
}

void put_on_stderr(std::string_view text) {
    static bool cut = false; // to wait once is enough
    if (!cut) cut = record::write_all(STDERR_FILENO, std::as_bytes(std::span(text))) == record::Written::kCut;
}

void print_limits(const std::vector<model::RunLimit>& limits) {
    for (const model::RunLimit limit : limits) {
        const render::LimitWords words = render::limit_words(limit);
        print_error({ExitCode::kOk, std::string(words.what), std::string(words.why), std::string(words.todo)});
    }
}

} // namespace tcpblame::cli
