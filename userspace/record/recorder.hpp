/// Records a run: into one file, or around a ring of them that a night cannot overfill.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/event.hpp"
#include "model/recorded.hpp"
#include "record/carry_over.hpp"
#include "record/earlier_content.hpp"
#include "record/writer.hpp"
#include "wire/frame.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpblame::record {

/// When the next file is begun. The ring's oldest file is overwritten.
struct Rotation {
    std::uint64_t max_bytes = 0;  ///< 0: whatever its size. What came in one read is not torn apart
    std::uint64_t max_age_ns = 0; ///< 0: whatever its age
    std::uint32_t files = 1;

    [[nodiscard]] bool wanted() const { return max_bytes != 0 || max_age_ns != 0; }
};

/// FILE.1 to FILE.N, as they are called.
std::string name_of_part(const std::string& path, std::uint32_t number);

class Recorder {
public:
    /// Opens all files at once, as later there may be no privilege to. A ring that runs before have written into is
    /// continued at its oldest file; one file with something in it is refused. Fails with kFailure.
    static Result<std::unique_ptr<Recorder>> create(const std::string& path, const Rotation& rotation,
                                                    EarlierContent earlier = EarlierContent::kRefuse);

    /// Writes no file: what is recorded goes to where copy_to() says. With `rotation.max_age_ns` it goes there in
    /// parts.
    static std::unique_ptr<Recorder> without_file(const Rotation& rotation);

    /// Before begin(): hands over every frame as it is written, too.
    void copy_to(wire::FrameSink sink) { copy_ = std::move(sink); }

    /// The ring holds what runs before have written.
    [[nodiscard]] bool continues() const;
    /// Of a ring: the one that is written first.
    const std::string& first_file() const { return files_.front().name; }

    /// Written at once: what has begun can be reported, whatever comes.
    Result<void> begin(model::RecordedRun run);

    /// As Writer's.
    void put(wire::Frame frame);
    void put(const model::LookedUp& event);
    void put(const model::NamedStack& stack);
    void put(const model::RecordedEnd& end);
    Result<void> pass_time(std::uint64_t now_ns);
    Result<void> finish() { return writer_ ? writer_->finish() : Result<void>{}; }
    [[nodiscard]] bool closed() const { return writer_ && writer_->closed(); }

private:
    struct File {
        std::string name;
        UniqueFd fd;
        std::optional<std::int64_t> written_ns; ///< by a run before, since the epoch
    };

    static Result<File> open_part(std::string name, EarlierContent earlier);

    [[nodiscard]] bool is_full(std::uint64_t now_ns) const;
    Result<void> begin_next_file();
    void write(wire::Frame frame);

    Rotation rotation_;
    std::vector<File> files_;        ///< of the ring, in the order in which they are written
    std::unique_ptr<Writer> writer_; ///< nullptr: without a file
    wire::FrameSink copy_;           ///< may be empty
    model::RecordedRun run_;
    CarryOver carry_over_;
    std::uint64_t began_ns_ = 0;       ///< the file
    std::uint64_t repeated_bytes_ = 0; ///< at its beginning
};

} // namespace tcpblame::record
