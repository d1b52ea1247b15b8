# Puts texts into the program, each as a literal under the name of its file: cli/embedded.hpp.
file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/cli/explain/*.scd
  ${CMAKE_CURRENT_SOURCE_DIR}/cli/man/tcpblame-*.1.scd)
set(entries "")
foreach(path IN LISTS texts ITEMS ${CMAKE_CURRENT_SOURCE_DIR}/render/schema.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  cmake_path(GET path FILENAME name)
  file(READ ${path} text)
  string(APPEND entries "    {\"${name}\", R\"text(${text})text\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded/embedded_texts.hpp @ONLY CONTENT [[
/// Made by userspace/cli/embed.cmake, for cli/embedded.cpp alone.
#pragma once

#include <string_view>

namespace tcpblame::cli {

struct EmbeddedText {
    std::string_view name;
    std::string_view text;
};

constexpr EmbeddedText kEmbeddedTexts[] = {
@entries@};

} // namespace tcpblame::cli
]])
target_include_directories(tcpblame_cli PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
