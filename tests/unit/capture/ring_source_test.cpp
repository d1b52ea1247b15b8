#include "capture/ring_source.hpp"

#include "base/unique_fd.hpp"
#include "bpf/wire.h"

#include <array>
#include <bpf/bpf.h>
#include <cstring>
#include <functional>
#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tcpblame::capture {
namespace {

/// A ring, and a program that puts an event's header with the numbers 0 to 9 into it, one each time that it runs.
class Ring {
public:
    Ring() : map_(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, nullptr)) {}

    int fd() const { return map_.get(); }

    /// False where it may not be: it takes a privilege.
    bool put(std::uint64_t sequence) const {
        wire_header header{};
        header.type = WIRE_EXIT;
        header.size = sizeof(header);
        header.sequence = sequence;
        std::array<__u64, sizeof(header) / sizeof(__u64)> words{};
        static_assert(sizeof(words) == sizeof(header));
        std::memcpy(words.data(), &header, sizeof(header));
        std::vector<bpf_insn> program;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto at = static_cast<__s16>(-static_cast<int>(sizeof(header)) + static_cast<int>(i * sizeof(__u64)));
            program.push_back({BPF_LD | BPF_DW | BPF_IMM, 0, 0, 0, static_cast<__s32>(words[i])});
            program.push_back({0, 0, 0, 0, static_cast<__s32>(words[i] >> 32)});
            program.push_back({BPF_STX | BPF_MEM | BPF_DW, 10, 0, at, 0});
        }
        program.push_back({BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map_.get()});
        program.push_back({0, 0, 0, 0, 0});
        program.push_back({BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0});
        program.push_back({BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -static_cast<int>(sizeof(header))});
        program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, sizeof(header)});
        program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0});
        program.push_back({BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output});
        program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0});
        program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
        const UniqueFd loaded(
            bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "put", "GPL", program.data(), program.size(), nullptr));
        std::array<char, 64> packet{};
        LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet.data(), .data_size_in = packet.size());
        return loaded && bpf_prog_test_run_opts(loaded.get(), &run) == 0;
    }

private:
    UniqueFd map_;
};

/// Of the events that the program made.
class Sink : public EventSink {
public:
    explicit Sink(std::function<void(std::uint64_t sequence)> on_event) : on_event_(std::move(on_event)) {}

    void take(wire::Frame frame) override {
        wire_header header;
        std::memcpy(&header, frame.data(), sizeof(header));
        on_event_(header.sequence);
    }
    void take(model::LookedUp /*event*/) override {}

private:
    std::function<void(std::uint64_t)> on_event_;
};

TEST(RingSource, GoesOnBehindWhatCouldNotBeTaken) {
    if (geteuid() != 0) return; // a ring takes a privilege
    const Ring ring;
    auto source = RingSource::open(ring.fd());
    ASSERT_TRUE(source) << source.error().what << ": " << source.error().why;
    for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) ASSERT_TRUE(ring.put(sequence));

    std::vector<std::uint64_t> taken;
    Sink sink([&](std::uint64_t sequence) {
        taken.push_back(sequence);
        if (sequence == 2) throw std::runtime_error("no room");
    });
    EXPECT_THROW(static_cast<void>((*source)->read(sink, 0)), std::runtime_error);
    EXPECT_THAT(taken, testing::ElementsAre(1, 2));
    EXPECT_TRUE((*source)->read(sink, 0));
    EXPECT_THAT(taken, testing::ElementsAre(1, 2, 3, 4)) << "each of them once";
}

TEST(RingSource, TakesBackThatItWasWokenBeforeItLooks) {
    if (geteuid() != 0) return; // a ring takes a privilege
    const Ring ring;
    std::uint32_t wake_pending = 1;
    auto source = RingSource::open(ring.fd(), &wake_pending);
    ASSERT_TRUE(source) << source.error().what << ": " << source.error().why;
    ASSERT_TRUE(ring.put(1));
    bool was_taken = false;
    Sink sink([&](std::uint64_t /*sequence*/) {
        was_taken = true;
        EXPECT_EQ(wake_pending, 0U) << "what comes from here on must wake it again";
    });
    EXPECT_TRUE((*source)->read(sink, 0));
    EXPECT_TRUE(was_taken);
}

} // namespace
} // namespace tcpblame::capture
