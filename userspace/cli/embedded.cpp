#include "cli/embedded.hpp"

#include "embedded_texts.hpp"

namespace tcpblame::cli {

std::string_view embedded(std::string_view name) {
    for (const EmbeddedText& each : kEmbeddedTexts)
        if (each.name == name) return each.text;
    return {};
}

} // namespace tcpblame::cli
