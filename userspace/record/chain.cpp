#include "record/chain.hpp"

#include "wire/run_frames.hpp"

#include <variant>

namespace tcpblame::record {

Result<std::optional<wire::Frame>> Chain::next() {
    while (true) {
        auto frame = parts_[at_]->next();
        if (!frame || *frame || at_ + 1 == parts_.size()) return frame;
        ++at_;
        if (auto passed = pass_repeated(); !passed) return tl::unexpected(passed.error());
    }
}

Result<void> Chain::pass_repeated() {
    while (true) {
        const auto frame = parts_[at_]->next();
        if (!frame) return tl::unexpected(frame.error());
        if (!*frame) return {}; // cut short before anything of its own
        const auto record = wire::decode_run_frame(**frame);
        if (record && std::holds_alternative<model::FactsRepeated>(*record)) return {};
    }
}

} // namespace tcpblame::record
