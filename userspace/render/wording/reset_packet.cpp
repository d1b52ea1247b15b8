#include "render/wording/reset_packet.hpp"

#include <array>
#include <fmt/format.h>

namespace tcpblame::render {
namespace {

/// What senders begin with, as far as anybody knows: Linux and the BSDs, Windows, routers.
constexpr std::array kFirstTtls{64, 128, 255};

int routers_passed(int ttl) {
    for (const int first : kFirstTtls)
        if (ttl <= first) return first - ttl;
    return 0;
}

std::string distance_words(int ttl) {
    const int routers = routers_passed(ttl);
    if (routers == 0) return "as from a neighbour";
    return fmt::format("as from behind {} router{}", routers, routers == 1 ? "" : "s");
}

/// Why it may differ: the peer's kernel answers by its own default, whatever TTL the socket had.
std::string difference_words(const model::ResetPacket& packet, bool is_sender_known) {
    if (packet.data_ttl == packet.ttl) return ", as what the peer had sent";
    std::string sent =
        fmt::format("; what the peer had sent came with TTL {}, {}", packet.data_ttl, distance_words(packet.data_ttl));
    if (is_sender_known) return sent;
    const int nearer_by = routers_passed(packet.data_ttl) - routers_passed(packet.ttl);
    return fmt::format("{}, so something {} may have made it", sent,
                       nearer_by > 0   ? "nearer"
                       : nearer_by < 0 ? "farther off"
                                       : "else");
}

bool is_sender_known(const model::Verdict& verdict) {
    return verdict.reset_origin == model::ResetOrigin::kPeer ||
           (model::culprit_of(verdict) != nullptr && verdict.confidence == model::Confidence::kObserved);
}

/// Each network namespace has one, by this name and number, and by it comes what was sent there.
bool is_loopback(const model::ResetPacket& packet) {
    return packet.interface_index == 1 && packet.interface_name.view() == "lo";
}

} // namespace

std::string reset_packet_words(const model::ResetPacket& packet, const model::Verdict& verdict,
                               const Writing& writing) {
    const std::string_view name = packet.interface_name.view();
    std::string words = "came by ";
    words += name.empty() ? fmt::format("interface {}", packet.interface_index) : writing.safe(name);
    if (is_loopback(packet)) return words + ": made in this network namespace";
    if (packet.ttl == 0) return words;
    words += fmt::format(" with TTL {}, {}", packet.ttl, distance_words(packet.ttl));
    return packet.data_ttl == 0 ? words : words + difference_words(packet, is_sender_known(verdict));
}

bool says_more(const model::ResetPacket& packet, const model::Verdict& verdict) {
    const bool differs = packet.data_ttl != 0 && packet.data_ttl != packet.ttl && !is_loopback(packet);
    return !is_sender_known(verdict) && (differs || model::culprit_of(verdict) == nullptr);
}

} // namespace tcpblame::render
