/// Keeps frames in a file as they come, so that whatever happens to us, at most the last half second is missing.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "record/earlier_content.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct ZSTD_CCtx_s;

namespace tcpblame::record {

/// What is in it stays. `access`: O_WRONLY or O_RDWR. Fails with kFailure.
Result<UniqueFd> open_recording_file(const std::string& path, int access);

/// Nobody but its owner may read it from then on; a device stays as it is. Fails with kFailure.
Result<void> keep_for_owner(int fd, const std::string& path);

class Writer {
public:
    /// Standard output for "-". Fails with kFailure, also where a file has something in it already. It is for its owner
    /// alone, as it says what processes of the whole machine did.
    static Result<std::unique_ptr<Writer>> create(const std::string& path,
                                                  EarlierContent earlier = EarlierContent::kRefuse);

    /// Begins anew in a file that is open for writing, and stays so when the writer goes.
    static Result<std::unique_ptr<Writer>> begin_in(int fd, std::string name);

    /// Keeps it for the next chunk. What goes wrong when a chunk is full is reported by pass_time() or finish().
    void put(wire::Frame frame);

    /// Writes what has waited for half a second. Fails with kFailure; what was written before stays readable. After
    /// that nothing more is written.
    Result<void> pass_time(std::uint64_t now_ns);

    /// Writes the rest. Fails with kFailure, too, where nobody reads a pipe and a signal has asked to end.
    Result<void> finish();

    /// Of the file, without what still waits.
    [[nodiscard]] std::uint64_t bytes() const { return whole_bytes_; }

    /// The reader of our pipe has gone.
    [[nodiscard]] bool closed() const { return closed_; }

private:
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const;
    };

    Writer(UniqueFd owned, int fd, std::string name);

    Result<void> write_header();
    Result<void> write_chunk();
    Result<void> write_all(wire::Frame bytes);
    tl::unexpected<Error> cannot_write(int error);

    UniqueFd owned_;
    int fd_;
    std::string name_;
    std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
    wire::FrameBytes waiting_;
    wire::FrameBytes packed_;
    std::uint32_t frames_ = 0;
    std::uint64_t chunk_began_ns_ = 0;
    std::uint64_t whole_bytes_ = 0; ///< of the file up to the last whole chunk
    bool closed_ = false;
    bool cut_ = false; ///< nobody read, and we were asked to end
    Result<void> result_;
};

} // namespace tcpblame::record
