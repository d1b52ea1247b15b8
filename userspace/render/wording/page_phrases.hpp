/// What the page for a browser says of the run as a whole. Its script knows the numbers and the reader's clock, and
/// fills them in.
#pragma once

#include <array>
#include <string_view>

namespace tcpblame::render {

/// Each {} is filled in turn.
struct PagePhrase {
    std::string_view name;
    std::string_view text;
    std::string_view of_one = {}; ///< where the first is 1 and that reads differently
};

inline constexpr std::array kPagePhrases = {
    PagePhrase{"failed_writes", "{} failed writes", "{} failed write"},
    PagePhrase{"breaks", "{} broken connections", "{} broken connection"},
    PagePhrase{"other_breaks", "{} other broken connections", "{} other broken connection"},
    PagePhrase{"sent_signals", "{} SIGPIPEs that no write drew", "{} SIGPIPE that no write drew"},
    PagePhrase{"orderly", "{} closed in good order"},
    PagePhrase{"cut_recording", ", the recording is cut short"},
    PagePhrase{"cut_page", "{} parts of this page cannot be read: it is cut short.",
               "{} part of this page cannot be read: it is cut short."},
    PagePhrase{"old_browser", "This browser cannot unpack the data of this page: it is from before 2023."},
    PagePhrase{"recordings", "{} recordings, reported as one"},
    PagePhrase{"lost", "{}: something may have broken that is not reported here"},
    PagePhrase{"lost_on_cpu", "{} on CPU {}"},
    PagePhrase{"lost_between", " between {} and {}"},
    PagePhrase{"lost_before", " before {}"},
    PagePhrase{"none_lost", "none"},
    PagePhrase{"broke", "broke"},
    PagePhrase{"of_all", "{} of {} times"},
    PagePhrase{"itself", "itself"},
    PagePhrase{"not_seen", "not seen"},
    PagePhrase{"with", ", with {}"},
    PagePhrase{"unknown_process", "an unknown process"},
    PagePhrase{"plot_keys",
               "Breaks over time. Arrow keys go through it, with Shift they select; Enter selects, Escape shows all."},
    PagePhrase{"no_break", "No write failed and no connection broke."},
    PagePhrase{"no_match", "No verdict matches the filter."},
};

} // namespace tcpblame::render
