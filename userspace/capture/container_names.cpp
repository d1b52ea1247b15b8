#include "capture/container_names.hpp"

#include "capture/container_documents.hpp"
#include "capture/regular_file.hpp"
#include "model/container.hpp"

#include <array>
#include <fmt/format.h>
#include <unistd.h>

namespace tcpblame::capture {
namespace {

using model::ContainerNames;

constexpr std::uint64_t kFreshNs = 30'000'000'000; ///< a container may be renamed
constexpr std::size_t kRememberedGroups = 1024;
/// A bundle's has some ten thousand, a list some thousand for each container.
constexpr off_t kMostBytes = off_t{2} << 20;

/// Namespaces of containerd's (the CRI plugin's, nerdctl's) and of k3s and RKE2, which bring one of their own. That of
/// docker has no names in it.
constexpr std::array kContainerd = {
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io",
    "/run/containerd/io.containerd.runtime.v2.task/default",
    "/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io",
};
constexpr std::string_view kDocker = "/var/lib/docker/containers";
/// The run root and the root of containers/storage, which CRI-O and podman share: with either's storage driver.
constexpr std::array kStorage = {
    "/run/containers/storage/overlay-containers",
    "/var/lib/containers/storage/overlay-containers",
    "/run/containers/storage/vfs-containers",
    "/var/lib/containers/storage/vfs-containers",
};

template <typename Folders>
std::vector<std::string> bundles_in(const Folders& folders, std::string_view id, std::string_view below = "") {
    std::vector<std::string> files;
    files.reserve(folders.size());
    for (const auto& folder : folders) files.push_back(fmt::format("{}/{}{}/config.json", folder, id, below));
    return files;
}

std::vector<std::string> lists_in_storage() {
    std::vector<std::string> files;
    for (const char* folder : kStorage)
        for (const char* list : {"containers", "volatile-containers"})
            files.push_back(fmt::format("{}/{}.json", folder, list));
    return files;
}

/// Whoever may make cgroups below chooses what they are called: a user in a service manager of his own, and a
/// container. What is said of such a one's id would be said of another's container. Its files are not in the host's
/// places, either.
bool is_named_by_its_user(std::string_view cgroup, std::string_view id) {
    if (cgroup.find("/user@") != std::string_view::npos) return true;
    const std::size_t slash = cgroup.rfind('/', static_cast<std::size_t>(id.data() - cgroup.data()));
    return slash != std::string_view::npos && model::container_of(cgroup.substr(0, slash)).has_value();
}

} // namespace

const ContainerNames& ContainerNamesCache::of(std::string_view cgroup, std::uint64_t now_ns) {
    const auto [entry, is_new] = known_.try_emplace(std::string(cgroup));
    Known& known = entry->second;
    if (!is_new && now_ns - known.read_ns < kFreshNs) return known.names;
    known = {now_ns, look_up(cgroup)};
    if (!is_new) return known.names;
    oldest_first_.emplace_back(cgroup);
    if (oldest_first_.size() > kRememberedGroups) {
        known_.erase(oldest_first_.front());
        oldest_first_.pop_front();
    }
    return known.names;
}

ContainerNames ContainerNamesCache::look_up(std::string_view cgroup) const {
    const auto container = model::container_of(cgroup);
    if (!container || container->runtime == "lxc") return {}; // whose id is its name
    ContainerNames names = first_of(bundles_in(runtime_roots_, container->id), names_in_bundle, container->id);
    if (!names.empty() || is_named_by_its_user(cgroup, container->id)) return names;
    return look_up_in_runtimes(container->runtime, container->id);
}

/// Where the path does not say which runtime it is, it is none of those that always say it.
ContainerNames ContainerNamesCache::look_up_in_runtimes(std::string_view runtime, std::string_view id) const {
    if (runtime == "cri-o" || runtime == "podman") {
        ContainerNames names = first_of(bundles_in(kStorage, id, "/userdata"), names_in_bundle, id);
        return names.empty() && runtime == "podman" ? first_of(lists_in_storage(), names_in_storage_list, id) : names;
    }
    if (runtime != "docker") {
        ContainerNames names = first_of(bundles_in(kContainerd, id), names_in_bundle, id);
        if (!names.empty() || runtime == "containerd") return names;
    }
    return first_of({fmt::format("{}/{}/config.v2.json", kDocker, id)}, names_in_docker_config, id);
}

ContainerNames ContainerNamesCache::first_of(const std::vector<std::string>& files, Read read,
                                             std::string_view id) const {
    for (const std::string& file : files)
        if (const std::string text = text_of(file); !text.empty())
            if (ContainerNames names = read(text, id); !names.empty()) return names;
    return {};
}

std::string ContainerNamesCache::text_of(const std::string& path) const {
    const auto file = host_.empty() ? open_regular_of_host(path) : open_regular_below(host_, path);
    if (!file || file->facts.st_size <= 0 || file->facts.st_size > kMostBytes) return {};
    std::string text(static_cast<std::size_t>(file->facts.st_size), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = read(file->fd.get(), text.data() + size, text.size() - size);
        if (got <= 0) return {};
        size += static_cast<std::size_t>(got);
    }
    return text;
}

} // namespace tcpblame::capture
