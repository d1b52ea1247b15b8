/// The programs in the kernel, from load to unload, and the events that they give.
#pragma once

#include "base/result.hpp"
#include "capture/attach.hpp"
#include "capture/event_sink.hpp"
#include "capture/naming_options.hpp"
#include "model/run.hpp"
#include "model/selection.hpp"
#include "model/wanted_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tcpblame::capture {

inline constexpr std::size_t kDefaultRingBytes = std::size_t{8} * 1024 * 1024;

struct SessionOptions {
    bool all = false;        ///< every connection's end, with all its states
    bool unanswered = false; ///< those whose peer closed without an answer, too
    bool records = false;    ///< a recording is made: it gets some of the connections that end in good order, too
    bool reads = false;      ///< watch receiving calls too: a program of ours runs for each
    bool stacks = true;      ///< the calls of whoever writes, closes or dies
    bool unborn = false;     ///< the processes asked for are not yet what they will be: /proc says nothing of use
    std::size_t ring_bytes = kDefaultRingBytes;
    std::uint64_t max_memory =
        0;                     ///< bytes for what is remembered of connections: the kernel keeps a part; 0: the usual
    NamingOptions naming = {}; ///< of whom it hears
    std::vector<ForcedHook> hooks = {}; ///< for tests: which program is to play a role
};

/// Loads and attaches on creation; detaches and unloads when it goes. The kernel does the same
/// should the process die: links and maps are held by file descriptors only.
class Session {
public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    virtual ~Session() = default;

    /// Errors: kPrivilege, kKernelCannot, kUsage (a list too long for the kernel's filter).
    static Result<std::unique_ptr<Session>> attach(const model::Selection& selection, const SessionOptions& options);

    /// Waits until there are events, at most until `deadline_ns` (CLOCK_MONOTONIC), and hands over all that are there;
    /// the last one is a TimePassed.
    virtual Result<void> read(EventSink& sink, std::uint64_t deadline_ns) = 0;

    /// Which program plays which role.
    [[nodiscard]] virtual const std::vector<Attachment>& attachments() const = 0;

    /// Of the connections found at attach, how many the filters let through.
    [[nodiscard]] virtual std::uint64_t open_connections() const = 0;

    /// Whether any socket, a listening one too, passes the filters, or did at the attach: looked up anew where none
    /// did, among all open files. Once, and without a privilege.
    [[nodiscard]] virtual bool has_sockets() = 0;

    /// Looks for these sockets among all open files of the machine, by their four-tuples or their ISNs, and hands over
    /// a frame for each with the next read. It may not be done, where it was done a moment ago and took long: what is
    /// reported then says less.
    virtual Result<void> find_sockets(const std::vector<model::WantedPeer>& peers) = 0;

    /// Whether a RST that this host sends without a socket is seen.
    [[nodiscard]] virtual bool sees_every_reset() const = 0;

    /// Whether the kernel lets this process look into its own maps, as finish() will do.
    [[nodiscard]] virtual bool can_read_maps() const = 0;

    /// Ends each wait for events from when there is something to read, or the end, in a pipe or a terminal.
    virtual Result<void> wake_at(int fd) = 0;

    /// Detaches, and hands over what was still under way, with what was lost. What the kernel has counted, where it
    /// lets itself be asked.
    virtual Result<std::optional<model::EventCounters>> finish(EventSink& sink) = 0;
};

} // namespace tcpblame::capture
