/// What is said of a verdict in the cells of a table, on the screen and on the page.
#pragma once

#include "model/verdict.hpp"
#include "render/wording/writing.hpp"

#include <string>

namespace tcpblame::render {

/// "orders-api[4242] on db1".
std::string name_and_pid(const model::Process& process, const Writing& writing);

/// "write = EPIPE", "connection broken".
std::string what_happened(const model::Verdict& verdict, const Writing& writing);

/// "server[77]: close() with 5 B unread", "killed by ss[99]", or the timer that gave it up; its numbers, too, where
/// `with_numbers`.
std::string who_did_it(const model::Verdict& verdict, const Writing& writing, bool with_numbers);

} // namespace tcpblame::render
