#include "store/flow_key.hpp"

#include "wire/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <variant>

namespace tcpblame::store {
namespace {

/// Family, address, port.
using EndBytes = std::array<char, 19>;

/// An IPv4-mapped address is IPv4: which the other end's socket may be of.
model::Address unmapped(const model::Address& address) {
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address.family != model::Family::kIpv6 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin()))
        return address;
    model::Address ipv4{model::Family::kIpv4, {}, address.port};
    std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(), ipv4.bytes.begin());
    return ipv4;
}

EndBytes bytes_of(const model::Address& mapped) {
    const model::Address address = unmapped(mapped);
    EndBytes bytes{};
    bytes[0] = static_cast<char>(address.family);
    std::transform(address.bytes.begin(), address.bytes.end(), bytes.begin() + 1,
                   [](std::uint8_t byte) { return static_cast<char>(byte); });
    bytes[17] = static_cast<char>(address.port >> 8U);
    bytes[18] = static_cast<char>(address.port & 0xffU);
    return bytes;
}

} // namespace

std::uint64_t hash_of(std::string_view bytes, std::uint64_t before) {
    constexpr std::uint64_t kPrime = 0x100000001b3U;
    for (const char byte : bytes) before = (before ^ static_cast<unsigned char>(byte)) * kPrime;
    return before;
}

std::uint64_t flow_key(const model::Tuple& tuple) {
    if (tuple.local.port == 0 || tuple.remote.port == 0) return 0;
    EndBytes one = bytes_of(tuple.local);
    EndBytes other = bytes_of(tuple.remote);
    if (other < one) std::swap(one, other);
    std::uint64_t key = hash_of({one.data(), one.size()});
    key = hash_of({other.data(), other.size()}, key);
    return key == 0 ? 1 : key;
}

namespace {

std::uint32_t numbers_of(const model::Progress& progress) {
    constexpr unsigned kOffBits = 4; // each is off by one or two
    if (progress.snd_una == 0 && progress.rcv_nxt == 0) return 0;
    const std::uint32_t sent = progress.snd_una - static_cast<std::uint32_t>(progress.bytes_acked);
    const std::uint32_t received = progress.rcv_nxt - static_cast<std::uint32_t>(progress.bytes_received);
    return ((sent + received) >> kOffBits) + 1;
}

} // namespace

FrameKeys keys_of(wire::Frame frame) {
    const auto event = wire::decode(frame);
    if (!event) return {};
    return std::visit(
        [](const auto& one) {
            FrameKeys keys;
            if constexpr (requires { one.socket.tuple; }) keys.flow = flow_key(one.socket.tuple);
            if constexpr (requires { one.progress.snd_una; })
                if (keys.flow != 0) keys.numbers = numbers_of(one.progress);
            return keys;
        },
        *event);
}

} // namespace tcpblame::store
