// The names that the programs' constants are made of, in this kernel's own BTF.
#include "capture/kernel_names.hpp"

#include "bpf/wire.h"

#include <array>
#include <bpf/btf.h>
#include <gtest/gtest.h>
#include <string>

namespace tcpblame::capture {
namespace {

/// No reason, an error that is none of those, and the end of the list.
bool is_no_reason(const std::string& name) {
    return name == "SK_RST_REASON_NOT_SPECIFIED" || name == "SK_RST_REASON_ERROR" || name == "SK_RST_REASON_MAX";
}

TEST(KernelNames, EachOfItsReasonsForAResetIsKnown) {
    const auto types = read_kernel_types();
    if (!types) GTEST_SKIP() << types.error().why;
    const int id = btf__find_by_name_kind(types->get(), "sk_rst_reason", BTF_KIND_ENUM);
    if (id < 0) GTEST_SKIP() << "this kernel gives none";
    const KernelNames names = read_kernel_names(types->get());
    const btf_type* type = btf__type_by_id(types->get(), static_cast<__u32>(id));
    const struct btf_enum* values = btf_enum(type);
    for (int i = 0; i < btf_vlen(type); ++i) {
        const std::string name = btf__name_by_offset(types->get(), values[i].name_off);
        const auto number = static_cast<std::size_t>(values[i].val);
        ASSERT_LT(number, names.reset_reasons.size());
        EXPECT_TRUE(is_no_reason(name) || names.reset_reasons[number] != WIRE_REASON_OTHER) << name;
    }
}

} // namespace
} // namespace tcpblame::capture
