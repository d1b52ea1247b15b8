/// What the containers of this host are called, from the files in which their runtimes keep it: no daemon is asked.
#pragma once

#include "model/container_names.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tcpblame::capture {

class ContainerNamesCache {
public:
    /// `runtime_roots`: more directories of bundles, DIR/ID/config.json each, looked into before the runtimes' own.
    /// `host`: the root that all are below, for tests; empty: the host's.
    explicit ContainerNamesCache(std::vector<std::string> runtime_roots = {}, std::string host = {})
        : runtime_roots_(std::move(runtime_roots)), host_(std::move(host)) {}

    /// Of the container that the cgroup is of; all empty where it is of none, or nothing is known. Its files are read
    /// once a while; the answer is good until the next question.
    const model::ContainerNames& of(std::string_view cgroup, std::uint64_t now_ns);

private:
    using Read = model::ContainerNames (*)(std::string_view json, std::string_view id);
    struct Known {
        std::uint64_t read_ns = 0;
        model::ContainerNames names;
    };

    [[nodiscard]] model::ContainerNames look_up(std::string_view cgroup) const;
    [[nodiscard]] model::ContainerNames look_up_in_runtimes(std::string_view runtime, std::string_view id) const;
    /// Of the first of these files that says any.
    [[nodiscard]] model::ContainerNames first_of(const std::vector<std::string>& files, Read read,
                                                 std::string_view id) const;
    [[nodiscard]] std::string text_of(const std::string& path) const;

    std::vector<std::string> runtime_roots_;
    std::string host_;
    std::unordered_map<std::string, Known> known_; // by the cgroup's path
    std::deque<std::string> oldest_first_;
};

} // namespace tcpblame::capture
