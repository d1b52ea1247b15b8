// Copies the source of a man page from standard input to standard output, and puts the table of causes where it has a
// line %CAUSES%, and what `tcpblame explain` says of each where it has %EXPLANATIONS%: both are written once, where the
// program has them from. The argument is the folder of the explanations.
#include "render/wording/causes.hpp"

#include <cctype>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace {

using tcpblame::model::Cause;
using tcpblame::model::kCauseCount;

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

void print_causes(std::ostream& out) {
    for (int i = 0; i < kCauseCount; ++i) {
        const auto cause = static_cast<Cause>(i);
        const auto words = tcpblame::render::words_for(cause);
        const std::string_view further = words.advice_if_killed;
        out << fmt::format("*{}*\n\t{}\n\n\tAdvice: {}{}{}.\n\n", code_of(cause), sentence(words.meaning),
                           escaped(words.advice), further.empty() ? "" : "; ", escaped(further));
    }
}

bool print_explanation(std::ostream& out, const std::string& folder, std::string_view code, std::string_view meaning) {
    const std::string path = fmt::format("{}/{}.scd", folder, code);
    std::ifstream file(path);
    out << fmt::format("## {}\n\n{}\n\n", code, sentence(meaning)) << file.rdbuf() << '\n';
    if (!file) std::cerr << fmt::format("fill_causes: cannot read {}: each cause is explained in a file\n", path);
    return static_cast<bool>(file);
}

bool print_explanations(std::ostream& out, const std::string& folder) {
    using namespace tcpblame;
    bool all_there = true;
    for (int i = 0; i < kCauseCount; ++i) {
        const auto cause = static_cast<Cause>(i);
        all_there &= print_explanation(out, folder, code_of(cause), render::words_for(cause).meaning);
    }
    const auto modifier = model::Modifier::kErrorAlreadyTaken;
    return print_explanation(out, folder, code_of(modifier), render::meaning_of(modifier)) && all_there;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "fill_causes: takes the folder of the explanations\n";
        return 2;
    }
    bool filled = true;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "%CAUSES%")
            print_causes(std::cout);
        else if (line == "%EXPLANATIONS%")
            filled &= print_explanations(std::cout, argv[1]);
        else
            std::cout << line << '\n';
    }
    return filled && std::cout.flush() ? 0 : 1;
}
