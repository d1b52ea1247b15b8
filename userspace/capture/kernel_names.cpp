#include "capture/kernel_names.hpp"

#include "bpf/wire.h"

#include <bpf/btf.h>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace tcpblame::capture {
namespace {

struct NamedReason {
    std::string_view kernel_name;
    std::uint8_t wire;
};

// include/net/rstreason.h, 6.10 (commit 5cb2cb3eb0a9 "net: introduce rstreason to detect why the RST is sent")
constexpr std::array kReasons{
    NamedReason{"SK_RST_REASON_NO_SOCKET", WIRE_REASON_NO_SOCKET},
    NamedReason{"SK_RST_REASON_TCP_ABORT_ON_DATA", WIRE_REASON_ABORT_ON_DATA},
    NamedReason{"SK_RST_REASON_TCP_TIMEWAIT_SOCKET", WIRE_REASON_TIMEWAIT_SOCKET},
    NamedReason{"SK_RST_REASON_TCP_ABORT_ON_CLOSE", WIRE_REASON_ABORT_ON_CLOSE},
    NamedReason{"SK_RST_REASON_TCP_STATE", WIRE_REASON_STATE},
    NamedReason{"SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT", WIRE_REASON_KEEPALIVE_TIMEOUT},
    NamedReason{"SK_RST_REASON_TCP_FLAGS", WIRE_REASON_FLAGS},
    NamedReason{"SK_RST_REASON_INVALID_SYN", WIRE_REASON_INVALID_SYN},
    NamedReason{"SK_RST_REASON_TCP_INVALID_ACK_SEQUENCE", WIRE_REASON_INVALID_ACK_SEQUENCE},
    NamedReason{"SK_RST_REASON_TCP_RFC7323_PAWS", WIRE_REASON_PAWS},
    NamedReason{"SK_RST_REASON_TCP_TOO_OLD_ACK", WIRE_REASON_TOO_OLD_ACK},
    NamedReason{"SK_RST_REASON_TCP_ACK_UNSENT_DATA", WIRE_REASON_ACK_UNSENT_DATA},
    NamedReason{"SK_RST_REASON_TCP_OLD_ACK", WIRE_REASON_OLD_ACK},
    NamedReason{"SK_RST_REASON_TCP_ABORT_ON_LINGER", WIRE_REASON_ABORT_ON_LINGER},
    NamedReason{"SK_RST_REASON_TCP_ABORT_ON_MEMORY", WIRE_REASON_ABORT_ON_MEMORY},
    NamedReason{"SK_RST_REASON_TCP_DISCONNECT_WITH_DATA", WIRE_REASON_DISCONNECT_WITH_DATA},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EUNSPEC", WIRE_REASON_MPTCP_EUNSPEC},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EMPTCP", WIRE_REASON_MPTCP_EMPTCP},
    NamedReason{"SK_RST_REASON_MPTCP_RST_ERESOURCE", WIRE_REASON_MPTCP_ERESOURCE},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EPROHIBIT", WIRE_REASON_MPTCP_EPROHIBIT},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EWQ2BIG", WIRE_REASON_MPTCP_EWQ2BIG},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EBADPERF", WIRE_REASON_MPTCP_EBADPERF},
    NamedReason{"SK_RST_REASON_MPTCP_RST_EMIDDLEBOX", WIRE_REASON_MPTCP_EMIDDLEBOX},
    NamedReason{"SK_RST_REASON_NOT_SPECIFIED", WIRE_REASON_UNKNOWN},
};

std::uint8_t wire_reason(std::string_view kernel_name) {
    for (const NamedReason& reason : kReasons)
        if (reason.kernel_name == kernel_name) return reason.wire;
    return WIRE_REASON_OTHER;
}

/// How many arguments a tracepoint passes: its prototype has them after a void *.
int tracepoint_arguments(const btf* types, const char* btf_trace_name) {
    const int id = btf__find_by_name_kind(types, btf_trace_name, BTF_KIND_TYPEDEF);
    if (id < 0) return 0;
    const btf_type* type = btf__type_by_id(types, static_cast<__u32>(id)); // typedef → pointer → prototype
    type = btf__type_by_id(types, type->type);
    type = type != nullptr ? btf__type_by_id(types, type->type) : nullptr;
    return type != nullptr && btf_is_func_proto(type) ? btf_vlen(type) - 1 : 0;
}

int function_arguments(const btf* types, const char* name) {
    const int id = btf__find_by_name_kind(types, name, BTF_KIND_FUNC);
    if (id < 0) return 0;
    const btf_type* type = btf__type_by_id(types, static_cast<__u32>(id));
    type = btf__type_by_id(types, type->type);
    return type != nullptr && btf_is_func_proto(type) ? btf_vlen(type) : 0;
}

void read_reset_reasons(const btf* types, KernelNames& names) {
    const int id = btf__find_by_name_kind(types, "sk_rst_reason", BTF_KIND_ENUM);
    if (id < 0) return;
    const btf_type* type = btf__type_by_id(types, static_cast<__u32>(id));
    const struct btf_enum* values = btf_enum(type); // the function hides the type's plain name
    for (int i = 0; i < btf_vlen(type); ++i) {
        const auto number = static_cast<std::size_t>(values[i].val);
        if (number < names.reset_reasons.size())
            names.reset_reasons[number] = wire_reason(btf__name_by_offset(types, values[i].name_off));
    }
}

/// The helpers that the kernel has, by their names in its own header.
bool has_helper(const btf* types, std::string_view name) {
    const int id = btf__find_by_name_kind(types, "bpf_func_id", BTF_KIND_ENUM);
    if (id < 0) return false;
    const btf_type* type = btf__type_by_id(types, static_cast<__u32>(id));
    const struct btf_enum* values = btf_enum(type); // the function hides the type's plain name
    for (int i = 0; i < btf_vlen(type); ++i)
        if (btf__name_by_offset(types, values[i].name_off) == name) return true;
    return false;
}

} // namespace

Result<OwnedBtf> read_kernel_types() {
    OwnedBtf types(btf__load_vmlinux_btf());
    if (!types)
        return fail(ExitCode::kKernelCannot, "cannot read the kernel's BTF", std::strerror(errno),
                    "check that /sys/kernel/btf/vmlinux is readable and whole");
    return types;
}

KernelNames read_kernel_names(const btf* types) {
    KernelNames names;
    constexpr int kArgumentsWithReason = 3;
    names.reset_has_reason = tracepoint_arguments(types, "btf_trace_tcp_send_reset") >= kArgumentsWithReason;
    constexpr int kArgumentsWithPacket = 2;
    names.reset_has_packet = function_arguments(types, "tcp_reset") >= kArgumentsWithPacket;
    constexpr int kArgumentsWithTask = 2;
    names.oom_victim_is_task = tracepoint_arguments(types, "btf_trace_mark_victim") >= kArgumentsWithTask;
    read_reset_reasons(types, names);
    // As old as that: 6.2.
    names.joins_states = btf__find_by_name_kind(types, "bpf_list_head", BTF_KIND_STRUCT) > 0;
    names.has_socket_storage =
        has_helper(types, "BPF_FUNC_get_current_task_btf") && has_helper(types, "BPF_FUNC_check_mtu");
    return names;
}

} // namespace tcpblame::capture
