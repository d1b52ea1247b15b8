/// What people know a container by, as its runtime has written it down.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tcpblame::model {

/// Each is untrusted bytes, and empty where it is not known.
struct ContainerNames {
    std::string name = {};          ///< in a pod, the one that its manifest has
    std::string image = {};         ///< as it was asked for: "registry:5000/shop/api:1.2"
    std::string pod = {};           ///< Kubernetes'
    std::string pod_namespace = {}; ///< of the pod
    std::string compose_project = {};
    std::string compose_service = {};
    std::string app = {}; ///< its label app.kubernetes.io/name

    [[nodiscard]] bool empty() const;
    bool operator==(const ContainerNames&) const = default;
};

/// What a process is known by, besides its name: it does not change, and is not copied with what is said of the
/// process.
struct ProcessNames {
    ProcessNames() = default;
    ProcessNames(std::string its_argv, ContainerNames its_container)
        : argv(std::move(its_argv)), container(std::move(its_container)) {}

    std::string argv = {}; ///< with a NUL between two; cut after 200 bytes, then with an ellipsis: untrusted bytes
    ContainerNames container = {};
};

/// The labels that are kept, by the names that everybody has for them.
struct ContainerLabel {
    std::string_view key;
    std::string ContainerNames::*value;
};
inline constexpr std::array<ContainerLabel, 3> kContainerLabels = {{
    {"com.docker.compose.project", &ContainerNames::compose_project},
    {"com.docker.compose.service", &ContainerNames::compose_service},
    {"app.kubernetes.io/name", &ContainerNames::app},
}};

/// The parts of an image's name; each is a part of it, and empty where it has none.
struct ImageParts {
    std::string_view repository; ///< "registry:5000/shop/api"
    std::string_view tag;        ///< "1.2"
    std::string_view id;         ///< "sha256:…", of an image that is named by its id alone
};
ImageParts parts_of(std::string_view image);

} // namespace tcpblame::model
