/// Who runs a process, as far as the path of its cgroup says: a container, a systemd unit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tcpblame::model {

struct Container {
    std::string_view runtime; ///< "docker", "containerd", "cri-o", "podman", "lxc"; empty where the path names none
    std::string_view id;      ///< lower-case hex; for lxc the name that a person chose: untrusted bytes
};

/// The innermost container of a cgroup's path, which may be anything; its id is a part of `cgroup`.
std::optional<Container> container_of(std::string_view cgroup);

/// The Kubernetes pod that the cgroup is of, by its UID ("0a1b2c3d-…"); empty where it is of none.
std::string pod_uid_of(std::string_view cgroup);

/// The innermost systemd unit that is no container's own scope and no slice ("nginx.service"), as a part
/// of `cgroup`: untrusted bytes. Empty where there is none.
std::string_view unit_of(std::string_view cgroup);

} // namespace tcpblame::model
