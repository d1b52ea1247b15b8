#include "render/wording/run_words.hpp"

#include "render/quantity.hpp"
#include "render/wording/summary.hpp"
#include "render/wording/words.hpp"

#include <fmt/format.h>

namespace tcpblame::render {

std::string start_words(const model::RunStart& start) { return "watching " + start.watching; }

std::string lost_words(const model::LostEvents& lost) {
    return fmt::format("{} lost: something may have broken that is not reported here", counted(lost.count, "event"));
}

std::string alike_words(const model::AlikeVerdicts& alike) {
    if (alike.mixed) return fmt::format("{} more, of many kinds", alike.count);
    Words summary;
    add_summary(summary, alike.first);
    return fmt::format("{} more as this: {}", alike.count, summary.view());
}

std::string end_words(const model::RunEnd& end) {
    return fmt::format("{}, {}", counted(end.failed_writes(), "failed write"),
                       counted(end.other_breaks(), "other break"));
}

} // namespace tcpblame::render
