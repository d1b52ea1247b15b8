/// A user stack as an event has it: addresses, and what the kernel knew of their files; names come later.
#pragma once

#include "base/pooled_optional.hpp"
#include "model/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace tcpblame::model {

class Stack {
public:
    static constexpr std::size_t kDepth = 24;       ///< what is deeper is left out
    static constexpr std::size_t kMostUnwound = 64; ///< of one that was unwound
    using Words = std::array<std::uint64_t, 16>;
    using BuildId = std::array<std::uint8_t, 20>;

    struct UnwoundFrame {
        std::uint64_t address = 0;
        std::uint64_t offset = 0; ///< into its file
        BuildId build_id{};
        bool has_file = false; ///< the last two are known

        bool operator==(const UnwoundFrame&) const = default;
    };

    Stack() = default;
    Stack(std::initializer_list<StackFrame> frames); ///< their addresses

    /// Innermost first.
    void add(std::uint64_t address);
    /// Of the frame that was added last: its file, and where in it.
    void set_file(const BuildId& build_id, std::uint64_t offset);
    /// Of the innermost frame: see StackFrame.
    void set_top(const Words& words, std::uint64_t link_register);
    /// As add() and set_file(), of a stack that is deeper than a walk goes; from here on these are the frames.
    void add_unwound(const UnwoundFrame& frame);
    /// From here on these are the frames: whoever named them may not be at hand later.
    void set_named(std::vector<StackFrame> frames) { named_ = std::move(frames); }

    [[nodiscard]] std::size_t size() const {
        return named_ ? named_->size() : unwound_ ? unwound_->size() : walk_ ? walk_->count : 0;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    StackFrame operator[](std::size_t at) const;
    [[nodiscard]] std::vector<StackFrame> frames() const;

    bool operator==(const Stack&) const = default;

private:
    void put_in(StackFrame& frame, std::size_t at) const;

    struct Walk {
        std::array<std::uint64_t, kDepth> addresses{};
        Words top{};
        std::uint64_t link_register = 0;
        std::uint8_t count = 0;
        bool has_top = false;

        bool operator==(const Walk&) const = default;
    };
    struct Files {
        std::array<std::uint64_t, kDepth> offsets{};
        std::array<BuildId, kDepth> build_ids{};
        std::array<bool, kDepth> known{};

        bool operator==(const Files&) const = default;
    };

    PooledOptional<Walk> walk_;
    PooledOptional<Files> files_;
    PooledOptional<std::vector<UnwoundFrame>> unwound_;
    PooledOptional<std::vector<StackFrame>> named_;
};

} // namespace tcpblame::model
