/// Finds what a container is called in the documents that its runtime keeps of it. What is in them is for a good part
/// what the container's user chose: it is bounded here, and never trusted.
#pragma once

#include "model/container_names.hpp"

#include <string_view>

namespace tcpblame::capture {

// A document that is damaged, or of another container, says nothing; neither does a name that is longer than any may
// be.

/// The config.json of an OCI bundle, as containerd's CRI plugin, nerdctl and CRI-O annotate it.
[[nodiscard]] model::ContainerNames names_in_bundle(std::string_view json, std::string_view id);

/// Docker's config.v2.json.
[[nodiscard]] model::ContainerNames names_in_docker_config(std::string_view json, std::string_view id);

/// The containers.json of containers/storage, where podman keeps names: of all containers, in one list.
[[nodiscard]] model::ContainerNames names_in_storage_list(std::string_view json, std::string_view id);

} // namespace tcpblame::capture
