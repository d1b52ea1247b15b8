// Copies the source of the man page from standard input to standard output, and puts the table of causes where it has
// a line %CAUSES%: what a cause means is written once, where the program has it from.
#include "reconstruct/causes.hpp"

#include <cctype>
#include <fmt/format.h>
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
        const auto words = tcpblame::reconstruct::words_for(cause);
        out << fmt::format("*{}*\n\t{}\n\n\tAdvice: {}.\n\n", code_of(cause), sentence(words.meaning),
                           escaped(words.advice));
    }
}

} // namespace

int main() {
    bool is_filled = false;
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "%CAUSES%") {
            print_causes(std::cout);
            is_filled = true;
        } else {
            std::cout << line << '\n';
        }
    }
    if (!is_filled) std::cerr << "fill_causes: the man page has no line %CAUSES%: where do the causes belong?\n";
    return is_filled && std::cout.flush() ? 0 : 1;
}
