// Copies the source of a document from standard input to standard output, and fills in what the program itself has in
// its tables: of a man page the lines %OPTIONS%, %CAUSES%, %REASONS%, %EXPLANATIONS% and %REASON_EXPLANATIONS%, of a
// shell's script of completions its marks. The argument says which: the name of a man page ("tcpblame-record.1"), or of
// a shell.
#include "cli/completion_script.hpp"
#include "cli/embedded.hpp"
#include "cli/option_docs.hpp"
#include "render/wording/causes.hpp"
#include "render/wording/reasons.hpp"

#include <cctype>
#include <fmt/format.h>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

using tcpblame::model::Cause;
using tcpblame::model::kCauseCount;
using tcpblame::model::kReasonCount;
using tcpblame::model::ReasonCode;

/// scdoc takes these for markup.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '\\' || letter == '*' || letter == '_') result += '\\';
        result += letter;
    }
    return result;
}

std::string sentence(std::string_view clause) {
    std::string text = escaped(clause);
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    return text + '.';
}

std::string causes() {
    std::string text;
    for (int i = 0; i < kCauseCount; ++i) {
        const auto cause = static_cast<Cause>(i);
        const auto words = tcpblame::render::words_for(cause);
        const std::string_view further = words.advice_if_killed;
        text += fmt::format("*{}*\n\t{}\n\n\tAdvice: {}{}{}.\n\n", code_of(cause), sentence(words.meaning),
                            escaped(words.advice), further.empty() ? "" : "; ", escaped(further));
    }
    return text;
}

std::string reasons() {
    std::string text;
    for (int i = 0; i < kReasonCount; ++i) {
        const auto reason = static_cast<ReasonCode>(i);
        text += fmt::format("*{}*\n\t{}\n\n", code_of(reason), sentence(tcpblame::render::meaning_of(reason)));
    }
    return text;
}

std::string explanation(std::string_view code, std::string_view meaning) {
    const std::string_view text = tcpblame::cli::embedded(fmt::format("{}.scd", code));
    if (text.empty())
        std::cerr << fmt::format("fill_docs: there is no {}.scd: each cause and reason is explained in a file\n", code);
    return text.empty() ? "" : fmt::format("## {}\n\n{}\n\n{}\n", code, sentence(meaning), text);
}

/// Empty where one is missing.
std::string explanations() {
    using namespace tcpblame;
    std::string text;
    for (int i = 0; i < kCauseCount; ++i) {
        const auto cause = static_cast<Cause>(i);
        const std::string one = explanation(code_of(cause), render::words_for(cause).meaning);
        if (one.empty()) return {};
        text += one;
    }
    const auto modifier = model::Modifier::kErrorAlreadyTaken;
    const std::string last = explanation(code_of(modifier), render::meaning_of(modifier));
    return last.empty() ? "" : text + last;
}

/// Empty where one is missing.
std::string reason_explanations() {
    std::string text;
    for (int i = 0; i < kReasonCount; ++i) {
        const auto reason = static_cast<ReasonCode>(i);
        const std::string one = explanation(code_of(reason), tcpblame::render::meaning_of(reason));
        if (one.empty()) return {};
        text += one;
    }
    return text;
}

/// Of the page's command; of tcpblame(1), which has none, all.
std::string options_of(std::string_view page) {
    for (const tcpblame::cli::CommandEntry& each : tcpblame::cli::command_table())
        if (page == fmt::format("tcpblame-{}.1", each.name)) return tcpblame::cli::options_manual(each.id);
    return tcpblame::cli::options_manual();
}

/// False where a mark stands for nothing.
bool fill(std::string& text, std::string_view mark, std::string (*make)(std::string_view), std::string_view page) {
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return true;
    const std::string made = make(page);
    text.replace(at, mark.size(), made);
    return !made.empty();
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "fill_docs: takes the name of a man page or of a shell\n";
        return 2;
    }
    const std::string_view name = argv[1];
    std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    bool filled = true;
    if (name.find('.') == std::string_view::npos) {
        text = tcpblame::cli::completion_script(name, std::move(text));
    } else {
        filled &= fill(text, "%OPTIONS%\n", options_of, name);
        filled &= fill(
            text, "%CAUSES%\n", [](std::string_view) { return causes(); }, name);
        filled &= fill(
            text, "%REASONS%\n", [](std::string_view) { return reasons(); }, name);
        filled &= fill(
            text, "%EXPLANATIONS%\n", [](std::string_view) { return explanations(); }, name);
        filled &= fill(
            text, "%REASON_EXPLANATIONS%\n", [](std::string_view) { return reason_explanations(); }, name);
    }
    std::cout << text;
    return filled && std::cout.flush() ? 0 : 1;
}
