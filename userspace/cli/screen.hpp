/// The output that the options ask for, fitted to the terminal it goes to.
#pragma once

#include "cli/options.hpp"
#include "cli/writer.hpp"
#include "render/output.hpp"

#include <memory>

namespace tcpblame::cli {

/// `writer` must outlive the result.
std::unique_ptr<render::Output> make_screen(const Options& options, Writer& writer);

} // namespace tcpblame::cli
