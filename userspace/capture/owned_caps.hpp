/// A set of capabilities of libcap's, freed when it goes.
#pragma once

#include <memory>
#include <sys/capability.h>
#include <type_traits>

namespace tcpblame::capture {

struct FreeCaps {
    void operator()(std::remove_pointer_t<cap_t>* caps) const { cap_free(caps); }
};
using OwnedCaps = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCaps>;

[[nodiscard]] inline bool is_set(const OwnedCaps& caps, cap_value_t capability, cap_flag_t set) {
    cap_flag_value_t value = CAP_CLEAR;
    return cap_get_flag(caps.get(), capability, set, &value) == 0 && value == CAP_SET;
}

} // namespace tcpblame::capture
