/// Reports a trace viewer (Perfetto, chrome://tracing): a track for each connection and for each thread that is
/// reported of.
#pragma once

#include "render/output.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tcpblame::render {

/// Chrome's JSON trace format. Everything is kept until the end: only then is known how long a connection was in its
/// last state, and a connection is reported of more than once.
class Perfetto : public Output {
public:
    /// The pieces that the sink gets are the trace only together.
    explicit Perfetto(Sink sink);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void end(const model::RunEnd& end) override;

private:
    using Arguments = std::vector<std::pair<const char*, std::string>>;

    struct Track {
        std::uint64_t process = 0; ///< as the trace numbers them
        std::uint64_t thread = 0;

        auto operator<=>(const Track&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0
    };

    struct Mark {
        std::uint64_t ns = 0;
        Track track;
        std::string name;
        Arguments arguments;
    };

    struct Slice {
        std::uint64_t from_ns = 0;
        std::uint64_t to_ns = 0;
        Track track;
        std::string name;
    };

    struct Connection {
        Track track;
        std::map<std::uint64_t, std::string> states; ///< since when
        std::vector<Slice> spans;                    ///< where each state was seen to its end
        std::uint64_t latest_ns = 0;
    };

    std::uint64_t first_number(const std::string& host);
    Track thread_track(const std::string& host, const model::Process& process);
    Connection& connection_of(const model::Verdict& verdict);
    void take_timeline(const model::Verdict& verdict, Connection& connection);
    static void take_states(const model::Verdict& verdict, Connection& connection);
    void mark(std::uint64_t ns, const Track& track, std::string name, Arguments arguments);
    [[nodiscard]] std::vector<Slice> slices() const;

    Sink sink_;
    model::RunStart start_;
    std::vector<std::string> hosts_;
    std::map<std::string, Connection> connections_; ///< by host and id
    std::map<std::uint64_t, std::string> process_names_;
    std::map<Track, std::string> thread_names_;
    std::set<std::tuple<std::uint64_t, Track, std::string>> known_marks_;
    std::vector<Mark> marks_;
    std::vector<std::pair<std::uint64_t, std::string>> losses_;
};

} // namespace tcpblame::render
