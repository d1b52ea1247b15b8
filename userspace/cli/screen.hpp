/// The output that the options ask for, fitted to the terminal it goes to.
#pragma once

#include "cli/options.hpp"
#include "cli/writer.hpp"
#include "render/output.hpp"

#include <ctime>
#include <memory>

namespace tcpblame::cli {

/// `writer` must outlive the result. `when`: what is shown happened about then; it decides the offset of local time.
std::unique_ptr<render::Output> make_screen(const Options& options, Writer& writer, std::time_t when);

} // namespace tcpblame::cli
