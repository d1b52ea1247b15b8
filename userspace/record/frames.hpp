/// The frames of one run, from wherever they are kept.
#pragma once

#include "base/result.hpp"
#include "wire/frame.hpp"

#include <optional>
#include <string>

namespace tcpblame::record {

class Frames {
public:
    Frames() = default;
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;
    virtual ~Frames() = default;

    /// The next frame, valid until the next call; nullopt at the end. Fails once, with kDamagedRecording, where the
    /// rest cannot be read.
    virtual Result<std::optional<wire::Frame>> next() = 0;

    /// What a person calls it.
    [[nodiscard]] virtual const std::string& name() const = 0;
};

} // namespace tcpblame::record
