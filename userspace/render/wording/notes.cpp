#include "render/wording/notes.hpp"

#include "render/wording/deeds.hpp"

namespace tcpblame::render {
namespace {

/// From within a pid namespace, those outside of it have no number.
void add_thread(Words& words, std::uint32_t tid) {
    if (tid == 0)
        words.add("a thread");
    else
        words.add("thread ", tid);
}

void add_taker(Words& words, const model::TimelineEntry& entry) {
    words.add("by ", entry.syscall.empty() ? "a write" : entry.syscall, " in ");
    add_thread(words, entry.tid);
}

} // namespace

void add_note(Words& words, const model::TimelineEntry& entry) {
    using model::TimelineNote;
    switch (entry.note) {
    case TimelineNote::kNone: return;
    case TimelineNote::kPeerClosed: words.add("the peer closed"); return;
    case TimelineNote::kPeerDid:
        words.add(entry.name, " ");
        add_deed(words, entry.deed);
        return;
    case TimelineNote::kShutDown:
        words.add("shutdown() by ");
        add_thread(words, entry.tid);
        words.add(" (", entry.name, ")");
        return;
    case TimelineNote::kOurSide: words.add("our side was closed"); return;
    case TimelineNote::kQueued: words.add("write succeeded: queued locally, rejected by the peer's host"); return;
    case TimelineNote::kAcknowledged: words.add("write succeeded, and was acknowledged"); return;
    case TimelineNote::kDrewReset: words.add("write succeeded, and drew the RST"); return;
    case TimelineNote::kRefused: words.add("connection refused"); return;
    case TimelineNote::kNoConnection: words.add("connection no longer exists"); return;
    case TimelineNote::kPeerAborted: words.add("the peer's socket aborted"); return;
    case TimelineNote::kTaken: add_taker(words, entry); return;
    }
}

std::string note_of(const model::TimelineEntry& entry) {
    Words words;
    add_note(words, entry);
    return words.str();
}

} // namespace tcpblame::render
