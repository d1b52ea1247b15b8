/// Gives a recording's frames back, as they were, and says where it is damaged.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "record/frames.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tcpblame::record {

class Reader : public Frames {
public:
    /// Standard input for "-". Fails with kFailure where it cannot be read, with kDamagedRecording where it is no
    /// recording, or one of a newer major version.
    static Result<std::unique_ptr<Reader>> open(const std::string& path);

    Result<std::optional<wire::Frame>> next() override;
    [[nodiscard]] const std::string& name() const override { return name_; }

private:
    Reader(UniqueFd owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}

    Result<void> read_header();
    /// False at the end.
    Result<bool> read_chunk();
    /// How many bytes there were, at most `size`.
    Result<std::size_t> read_up_to(std::byte* to, std::size_t size);
    [[nodiscard]] tl::unexpected<Error> damaged(std::string why) const;

    UniqueFd owned_;
    int fd_;
    std::string name_;
    std::uint64_t at_ = 0; ///< bytes read so far
    std::uint64_t chunk_at_ = 0;
    wire::FrameBytes packed_;
    wire::FrameBytes chunk_;
    wire::Frame rest_;
};

} // namespace tcpblame::record
