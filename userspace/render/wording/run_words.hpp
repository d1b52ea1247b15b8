/// What a run says about itself in one line each, for logs that want a sentence.
#pragma once

#include "model/alike_verdicts.hpp"
#include "model/run.hpp"

#include <string>

namespace tcpblame::render {

/// "watching port 5432". It may have untrusted bytes.
std::string start_words(const model::RunStart& start);
/// "3 events were lost: something may have broken that is not reported here"
std::string lost_words(const model::LostEvents& lost);
/// "37 more as this: client closed first; …"
std::string alike_words(const model::AlikeVerdicts& alike);
/// "2 failed writes, 1 other break"
std::string end_words(const model::RunEnd& end);

} // namespace tcpblame::render
