/// Type information under libbpf's hands, freed with its owner.
#pragma once

#include <bpf/btf.h>
#include <memory>

namespace tcpblame::capture {

struct FreeBtf {
    void operator()(btf* types) const { btf__free(types); }
};
using OwnedBtf = std::unique_ptr<btf, FreeBtf>;

} // namespace tcpblame::capture
