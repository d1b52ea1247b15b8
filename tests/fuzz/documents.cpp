// Any bytes as a document in which a container's runtime keeps names.
#include "capture/container_documents.hpp"
#include "fuzz/require.hpp"
#include "fuzz/target.hpp"

#include <string_view>

namespace tcpblame::fuzz {
namespace {

constexpr std::string_view kId = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

void check(model::ContainerNames (*read)(std::string_view json, std::string_view id), std::string_view json) {
    const model::ContainerNames names = read(json, kId);
    for (const std::string& each :
         {names.name, names.pod, names.pod_namespace, names.compose_project, names.compose_service, names.app})
        require(each.size() <= 253, "no name is longer than any may be", each);
    require(names.image.size() <= 512, "nor is an image's", names.image);
    if (names.empty()) return;
    require(read(json, kId) == names, "it says the same each time");
    json = json.substr(0, json.find('\0')); // where the parser ends
    const std::size_t end = json.find_last_not_of(" \t\r\n");
    require(read(json.substr(0, end), kId).empty(), "what is cut short says nothing");
}

} // namespace
} // namespace tcpblame::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tcpblame;
    const std::string_view json(reinterpret_cast<const char*>(data), size);
    for (const auto read : {capture::names_in_bundle, capture::names_in_docker_config, capture::names_in_storage_list})
        fuzz::check(read, json);
    return 0;
}
