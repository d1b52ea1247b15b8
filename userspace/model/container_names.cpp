#include "model/container_names.hpp"

namespace tcpblame::model {
namespace {

bool is_image_id(std::string_view image) {
    constexpr std::string_view kAlgorithm = "sha256:";
    constexpr std::size_t kDigits = 64;
    if (image.starts_with(kAlgorithm)) image.remove_prefix(kAlgorithm.size());
    return image.size() == kDigits && image.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

bool ContainerNames::empty() const { return *this == ContainerNames{}; }

ImageParts parts_of(std::string_view image) {
    if (is_image_id(image)) return {{}, {}, image};
    image = image.substr(0, image.find('@')); // a digest
    const std::size_t colon = image.rfind(':');
    // What is before the last slash is the registry's port.
    if (colon == std::string_view::npos || image.find('/', colon) != std::string_view::npos) return {image, {}, {}};
    return {image.substr(0, colon), image.substr(colon + 1), {}};
}

} // namespace tcpblame::model
