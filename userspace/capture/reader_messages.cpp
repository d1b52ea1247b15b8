#include "capture/reader_messages.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tcpblame::capture {
namespace {

using FdSpace = std::array<char, CMSG_SPACE(kMostFds * sizeof(int))>;

void attach(msghdr& message, FdSpace& space, std::span<const int> fds) {
    if (fds.empty()) return;
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
}

void take_fds(msghdr& message, std::array<UniqueFd, kMostFds>& fds) {
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < std::min(count, kMostFds); ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
        fds[i] = UniqueFd(fd);
    }
}

void append(std::string& packet, const InlinedCall& call) {
    const std::string_view function = std::string_view(call.function).substr(0, kLongestInlined);
    const std::string_view file = std::string_view(call.file).substr(0, kLongestInlined);
    const InlinedHead head{call.line, static_cast<std::uint16_t>(function.size()),
                           static_cast<std::uint16_t>(file.size())};
    packet.append(reinterpret_cast<const char*>(&head), sizeof(head)).append(function).append(file);
}

bool take_inlined(std::span<const char>& rest, InlinedCall& call) {
    InlinedHead head{};
    if (rest.size() < sizeof(head)) return false;
    std::memcpy(&head, rest.data(), sizeof(head));
    rest = rest.subspan(sizeof(head));
    if (rest.size() < std::size_t{head.function_length} + head.file_length) return false;
    call = {std::string(rest.data(), head.function_length),
            std::string(rest.data() + head.function_length, head.file_length), head.line};
    rest = rest.subspan(std::size_t{head.function_length} + head.file_length);
    return true;
}

} // namespace

bool send_question(int socket, const Question& question, std::span<const int> fds, std::span<std::byte> payload) {
    Question copy = question;
    std::array<iovec, 2> data{{{&copy, sizeof(copy)}, {payload.data(), payload.size()}}};
    alignas(cmsghdr) FdSpace space{};
    msghdr message{};
    message.msg_iov = data.data();
    message.msg_iovlen = data.size();
    attach(message, space, fds.first(std::min(fds.size(), kMostFds)));
    return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof(copy) + payload.size());
}

bool receive_question(int socket, ReceivedQuestion& received, std::span<std::byte> payload) {
    std::array<iovec, 2> data{{{&received.question, sizeof(Question)}, {payload.data(), payload.size()}}};
    alignas(cmsghdr) FdSpace space{};
    msghdr message{};
    message.msg_iov = data.data();
    message.msg_iovlen = data.size();
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    const ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (size < static_cast<ssize_t>(sizeof(Question))) return false;
    received.payload = static_cast<std::size_t>(size) - sizeof(Question);
    take_fds(message, received.fds);
    return true;
}

bool send_answer(int socket, const CodeName& name) {
    const std::string_view function = std::string_view(name.function).substr(0, kLongestFunction);
    const std::string_view file = std::string_view(name.file).substr(0, kLongestFile);
    const std::size_t inlined = name.inlined.size() <= kMostInlined ? name.inlined.size() : 0;
    const ReturnPlace place = name.return_place.value_or(ReturnPlace{});
    const AnswerHead head{name.function_offset,
                          place.above_stack_pointer,
                          name.line,
                          static_cast<std::uint16_t>(name.return_place.has_value()),
                          static_cast<std::uint16_t>(place.in_link_register),
                          static_cast<std::uint32_t>(function.size()),
                          static_cast<std::uint32_t>(file.size()),
                          inlined};
    std::string packet(reinterpret_cast<const char*>(&head), sizeof(head));
    packet.append(function).append(file);
    for (const InlinedCall& call : std::span(name.inlined).first(inlined)) append(packet, call);
    return send(socket, packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size());
}

bool unpack_answer(std::span<const char> packet, CodeName& name) {
    AnswerHead head{};
    if (packet.size() < sizeof(head)) return false;
    std::memcpy(&head, packet.data(), sizeof(head));
    if (head.function_length > kLongestFunction || head.file_length > kLongestFile || head.inlined > kMostInlined ||
        packet.size() < sizeof(head) + head.function_length + head.file_length)
        return false;
    const char* text = packet.data() + sizeof(head);
    name = {std::string(text, head.function_length), head.function_offset,
            std::string(text + head.function_length, head.file_length), head.line};
    if (head.has_return_place != 0)
        name.return_place = {head.return_in_link_register != 0, head.return_above_stack_pointer};
    auto rest = packet.subspan(sizeof(head) + head.function_length + head.file_length);
    for (std::uint64_t left = head.inlined; left > 0; --left)
        if (!take_inlined(rest, name.inlined.emplace_back())) return false;
    return rest.empty();
}

} // namespace tcpblame::capture
