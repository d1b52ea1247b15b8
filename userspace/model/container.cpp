#include "model/container.hpp"

#include <algorithm>
#include <array>

namespace tcpblame::model {

namespace {

constexpr std::size_t kFullId = 64;
constexpr std::size_t kLeastId = 12; // what runtimes shorten an id to

struct RuntimePrefix {
    std::string_view text;
    std::string_view runtime;
};

// Of a container's own cgroup; "crio-conmon-" and "libpod-conmon-" are the monitor's, which is no container.
constexpr std::array kPrefixes = {
    RuntimePrefix{"docker", "docker"},         RuntimePrefix{"cri-containerd", "containerd"},
    RuntimePrefix{"nerdctl", "containerd"},    RuntimePrefix{"crio", "cri-o"},
    RuntimePrefix{"libpod-payload", "podman"}, RuntimePrefix{"libpod", "podman"},
};
constexpr std::string_view kLxcPayload = "lxc.payload.";
constexpr std::string_view kScope = ".scope";
constexpr std::array<std::string_view, 5> kUnitEndings = {".service", kScope, ".socket", ".mount", ".swap"};

bool is_id(std::string_view text, std::size_t least) {
    return text.size() >= least && text.size() <= kFullId && std::all_of(text.begin(), text.end(), [](char digit) {
               return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
           });
}

/// Takes the last part off a path.
std::string_view pop(std::string_view& path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    return part;
}

std::optional<Container> with_prefix(std::string_view part) {
    // A runtime that was reported of a systemd driver and has none makes "SLICE:PREFIX:ID" of it.
    const std::size_t colon = part.find(':');
    const char joint = colon == std::string_view::npos ? '-' : ':';
    if (colon != std::string_view::npos) part.remove_prefix(colon + 1);
    for (const RuntimePrefix& prefix : kPrefixes) {
        if (!part.starts_with(prefix.text) || part.size() <= prefix.text.size()) continue;
        const std::string_view id = part.substr(prefix.text.size() + 1);
        if (part[prefix.text.size()] == joint && is_id(id, kLeastId)) return Container{prefix.runtime, id};
    }
    return std::nullopt;
}

/// What a part of the path says; `above` is the path without it.
std::optional<Container> container_in(std::string_view part, std::string_view above) {
    if (part.ends_with(kScope)) part.remove_suffix(kScope.size());
    if (part.starts_with(kLxcPayload) && part.size() > kLxcPayload.size())
        return Container{"lxc", part.substr(kLxcPayload.size())};
    // Docker, containerd and others under Kubernetes' cgroupfs driver look alike.
    if (is_id(part, kFullId)) return Container{pop(above) == "docker" ? "docker" : "", part};
    return with_prefix(part);
}

bool is_uid(std::string_view text) {
    constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";
    return text.size() == kForm.size() && std::equal(text.begin(), text.end(), kForm.begin(), [](char one, char form) {
               return form == '-' ? one == '-' : (one >= '0' && one <= '9') || (one >= 'a' && one <= 'f');
           });
}

bool is_unit(std::string_view part) {
    return std::any_of(kUnitEndings.begin(), kUnitEndings.end(),
                       [part](std::string_view end) { return part.size() > end.size() && part.ends_with(end); });
}

} // namespace

std::optional<Container> container_of(std::string_view cgroup) {
    while (!cgroup.empty()) {
        const std::string_view part = pop(cgroup);
        if (auto container = container_in(part, cgroup)) return container;
    }
    return std::nullopt;
}

std::string pod_uid_of(std::string_view cgroup) {
    constexpr std::string_view kPod = "pod";
    constexpr std::string_view kSlice = ".slice";
    while (!cgroup.empty()) {
        // "pod0a1b-…", or, as systemd has it, "kubepods-burstable-pod0a1b_….slice"
        std::string_view part = pop(cgroup);
        if (part.ends_with(kSlice)) part.remove_suffix(kSlice.size());
        const std::size_t at = part.rfind(kPod);
        if (at == std::string_view::npos || (at != 0 && part[at - 1] != '-')) continue;
        std::string uid(part.substr(at + kPod.size()));
        std::replace(uid.begin(), uid.end(), '_', '-');
        if (is_uid(uid)) return uid;
    }
    return {};
}

std::string_view unit_of(std::string_view cgroup) {
    while (!cgroup.empty()) {
        const std::string_view part = pop(cgroup);
        if (is_unit(part) && !container_in(part, cgroup)) return part;
    }
    return {};
}

} // namespace tcpblame::model
