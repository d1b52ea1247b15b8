/// What a verdict says in words: each function makes one line of the report, before it is wrapped.
#pragma once

#include "model/run.hpp"
#include "model/verdict.hpp"
#include "render/wording/writing.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::render {

/// " (observed)"; empty where the cause says as much.
std::string confidence_words(const model::Verdict& verdict);

/// "processes outside of this pid namespace have no pid here": what cannot be named, and what follows from it.
struct LimitWords {
    std::string_view what, why, todo;
};
LimitWords limit_words(model::RunLimit limit);

/// What became of a connection on which no write failed: "connection broken".
std::string broken_words(model::Cause cause);

/// The process's name; its thread's, where only that is known; empty where neither is.
std::string name_of(const model::Process& process, const Writing& writing, std::size_t max_width);

/// "orders-api, pid 4242, thread 4251 (flusher)".
std::string who(const model::Process& process, const Writing& writing);

/// " on db1"; empty where `host` is.
std::string host_words(std::string_view host, const Writing& writing);

/// "nginx.service, docker container 0123456789ab", "pod shop/api-7c9 · container api"; empty where the cgroup says
/// neither. Only `in_full` has a container's whole id and its image, and a unit that is no service.
std::string place_words(const model::Process& process, const Writing& writing, bool in_full);

/// "nginx -g 'daemon off;'".
std::string command_words(std::string_view argv, const Writing& writing);

/// "write(fd 9, 512 B) = EPIPE".
Line failed_call(const model::FailedWrite& write, const Writing& writing);

/// "10.0.0.7:41822 → 10.0.0.9:5432"; for another kind of file, what it is. Empty where nothing is known.
std::string endpoints(const model::Verdict& verdict, const Writing& writing);

/// "peer-closed (observed): the peer closed first".
Line cause(const model::Verdict& verdict, const Writing& writing);

/// Of one of this verdict's.
std::string modifier_words(model::Modifier modifier, const model::Verdict& verdict);

/// "close() with SO_LINGER 0 and 5 B unread".
std::string act_words(const model::PeerAct& peer);

/// "TCP_USER_TIMEOUT 1500 ms: 4 retransmits, peer silent for 1.6 s".
std::string timer_words(const model::Timeout& timeout);

/// "keepalive", "TCP_USER_TIMEOUT 1500 ms".
std::string timer_name(const model::Timeout& timeout);

/// "ESTABLISHED 2.1 s, CLOSE_WAIT 310 ms".
std::string states_words(const std::vector<model::StateSpan>& states, const Writing& writing);

/// That it held the other end was true at attach; when it closed it was not seen.
bool is_of_another_time(model::Act act);

/// A SIGPIPE that a process sent has nothing to do with any call.
bool is_of_a_call(const model::Verdict& verdict);

/// "server, pid 77: close(), 101 µs before the write".
Line peer(const model::PeerAct& peer, model::VerdictKind kind, const Writing& writing);

/// "worker (pid 27813) was killed by SIGKILL (inferred)".
Line reason(const model::Reason& reason, const Writing& writing);

/// What became of the bytes; empty where nothing is known of them.
Line lost_bytes(const model::ByteCounts& bytes);

/// "flush_orders+0x41 orders.c:120 ◂ libc.so.6+0x27305".
Line stack(const std::vector<model::StackFrame>& frames, const Writing& writing, bool is_whole);

} // namespace tcpblame::render
