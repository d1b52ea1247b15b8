/// The files of one run, as one.
#pragma once

#include "record/frames.hpp"

#include <memory>
#include <vector>

namespace tcpblame::record {

class Chain : public Frames {
public:
    /// Consecutive parts, the earliest first, each after the frame that says how the run began. What a later one
    /// repeats of the earlier is left out.
    explicit Chain(std::vector<std::unique_ptr<Frames>> parts) : parts_(std::move(parts)) {}

    Result<std::optional<wire::Frame>> next() override;

    /// Of the part at hand.
    [[nodiscard]] const std::string& name() const override { return parts_[at_]->name(); }

private:
    Result<void> pass_repeated();

    std::vector<std::unique_ptr<Frames>> parts_;
    std::size_t at_ = 0;
};

} // namespace tcpblame::record
