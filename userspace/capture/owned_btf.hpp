/// Type information under libbpf's hands, let go when its owner goes.
#pragma once

#include <bpf/btf.h>
#include <memory>

namespace tcpblame::capture {

struct FreeBtf {
    void operator()(btf* types) const { btf__free(types); }
};
using OwnedBtf = std::unique_ptr<btf, FreeBtf>;

} // namespace tcpblame::capture
