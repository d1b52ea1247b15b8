/// An address as people write it, without a string: where many are reported, none is to be asked of the heap.
#pragma once

#include "model/address.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tcpblame::model {

/// 10.0.0.7:41822 or [::1]:5432; empty for Family::kNone.
class AddressText {
public:
    explicit AddressText(const Address& address);

    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
    /// Without the port: 10.0.0.7 or ::1.
    [[nodiscard]] std::string_view address() const { return {text_.data() + address_at_, address_size_}; }

private:
    std::array<char, sizeof("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535")> text_{};
    std::size_t size_ = 0;
    std::size_t address_at_ = 0;
    std::size_t address_size_ = 0;
};

} // namespace tcpblame::model
