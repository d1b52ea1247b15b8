/// What OpenTelemetry's semantic conventions and the Elastic Common Schema ask of a verdict in the same words.
#pragma once

#include "model/verdict.hpp"

#include <string>
#include <string_view>

namespace tcpblame::render {

/// "tcp", "pipe", "unix"; empty where it is not known.
std::string_view transport_of(const model::Verdict& verdict);

/// The error of a failed write; else why the connection broke. Empty where nothing did.
std::string error_type_of(const model::Verdict& verdict);

/// The error of a failed write, "EPIPE"; else empty.
std::string error_name_of(const model::Verdict& verdict);

} // namespace tcpblame::render
