/// What tcpblame doctor prints.
#pragma once

#include "model/doctor.hpp"

#include <string>

namespace tcpblame::render {

/// For a person; ends with a line feed.
std::string doctor_text(const model::DoctorReport& report);
/// One line of JSON, of type "doctor" (schema.json); ends with a line feed.
std::string doctor_json(const model::DoctorReport& report);

} // namespace tcpblame::render
