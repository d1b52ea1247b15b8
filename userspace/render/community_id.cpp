#include "render/community_id.hpp"

#include "render/base64.hpp"

#include <algorithm>
#include <cstdint>
#include <sha1.h> // libmd
#include <tuple>

namespace tcpblame::render {
namespace {

constexpr std::uint8_t kTcp = 6;

using Digest = std::array<std::uint8_t, SHA1_DIGEST_LENGTH>;

/// What is hashed, in network byte order.
class Flow {
public:
    explicit Flow(const model::Tuple& tuple) {
        constexpr std::size_t kIpv4Bytes = 4;
        constexpr std::size_t kIpv6Bytes = 16;
        const std::size_t length = tuple.local.family == model::Family::kIpv4 ? kIpv4Bytes : kIpv6Bytes;
        const bool in_order =
            std::tie(tuple.local.bytes, tuple.local.port) < std::tie(tuple.remote.bytes, tuple.remote.port);
        const model::Address& first = in_order ? tuple.local : tuple.remote;
        const model::Address& second = in_order ? tuple.remote : tuple.local;
        put(std::uint16_t{0}); // the seed
        std::copy_n(first.bytes.begin(), length, grow(length));
        std::copy_n(second.bytes.begin(), length, grow(length));
        *grow(1) = kTcp;
        *grow(1) = 0; // padding
        put(first.port);
        put(second.port);
    }

    /// All of it is one block, padded here: SHA1Final() would do it byte by byte.
    [[nodiscard]] Digest digest() {
        const std::size_t bits = 8 * size_;
        *grow(1) = 0x80;
        bytes_.back() = static_cast<std::uint8_t>(bits);
        bytes_[bytes_.size() - 2] = static_cast<std::uint8_t>(bits >> 8);
        SHA1_CTX context;
        SHA1Init(&context);
        SHA1Transform(context.state, bytes_.data());
        Digest digest{};
        for (std::size_t byte = 0; byte < digest.size(); ++byte)
            digest[byte] = static_cast<std::uint8_t>(context.state[byte / 4] >> (24 - 8 * (byte % 4)));
        return digest;
    }

private:
    std::uint8_t* grow(std::size_t bytes) {
        std::uint8_t* at = bytes_.data() + size_;
        size_ += bytes;
        return at;
    }
    void put(std::uint16_t number) {
        *grow(1) = static_cast<std::uint8_t>(number >> 8);
        *grow(1) = static_cast<std::uint8_t>(number);
    }

    std::array<std::uint8_t, SHA1_BLOCK_LENGTH> bytes_{}; ///< of IPv6 it is 40
    std::size_t size_ = 0;
};

} // namespace

CommunityId::CommunityId(const model::Tuple& tuple) {
    if (tuple.local.family == model::Family::kNone || tuple.local.family != tuple.remote.family) return;
    char* at = text_.data();
    *at++ = '1';
    *at++ = ':';
    at = put_base64(at, Flow(tuple).digest());
    size_ = static_cast<std::size_t>(at - text_.data());
}

} // namespace tcpblame::render
