#include "wire/run_frames.hpp"

#include "bpf/wire.h"
#include "wire/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tcpblame::wire {
namespace {

using namespace model;
using testing::ElementsAre;
using testing::IsEmpty;

RecordedRun full_run() {
    RecordedRun run;
    run.start = {.monotonic_ns = 123,
                 .realtime_offset_ns = -456,
                 .watching = "pid 4242 (orders-api)",
                 .open_connections = 0,
                 .version = "0.1"};
    run.selection.ports = {1, 65535};
    run.selection.local_ports = {2};
    run.selection.remote_ports = {3, 4};
    run.selection.pids = {4242, 4194304};
    run.selection.comms = {"orders-api", std::string("a\0b\xff", 4)};
    run.selection.cgroups = {"/system.slice"};
    run.selection.netns = {4026531840};
    run.selection.hosts = {{{model::Family::kIpv4, {10}}, 8}, {{model::Family::kIpv6, {0xfd, 1}}, 16}};
    run.selection.follow = true;
    run.selection.as = model::Part::kCulprit;
    run.selection.ipv4 = false;
    run.selection.ipv6 = true;
    run.all = true;
    run.count = 9;
    run.host = "db1";
    run.kernel = "6.12.1 x86_64";
    run.hooks = {"sigpipe=signal_generate", ""};
    run.max_memory = 64 << 20;
    run.unanswered = true;
    run.start.limits = {model::RunLimit::kPidNamespace, model::RunLimit::kForeignProc};
    run.start.boot_id = "3b0c7a5e-0d4f";
    return run;
}

NamedStack full_stack() {
    NamedStack stack;
    stack.key = std::string("\0\xffkey", 5);
    stack.frames.resize(2);
    stack.frames[1] = {.address = 0x7fff00001234,
                       .module = "orders-api",
                       .offset = 0x41,
                       .build_id = "0123ab",
                       .path = "/usr/bin/orders-api",
                       .function = "flush_orders",
                       .function_offset = 65,
                       .file = "orders.c",
                       .line = 120,
                       .stack_words = {}};
    stack.frames[0].is_inlined = true;
    return stack;
}

template <typename T>
T come_back(const T& value) {
    const auto record = decode_run_frame(encode(value));
    EXPECT_TRUE(record && std::holds_alternative<T>(*record));
    return record ? std::get<T>(*record) : T{};
}

TEST(RunFrames, ARunsStartComesBack) {
    const RecordedRun run = come_back(full_run());
    EXPECT_EQ(run.start.monotonic_ns, 123U);
    EXPECT_EQ(run.start.realtime_offset_ns, -456);
    EXPECT_EQ(run.start.watching, "pid 4242 (orders-api)");
    EXPECT_EQ(run.start.open_connections, 0U);
    EXPECT_EQ(run.start.version, "0.1");
    EXPECT_TRUE(run.all);
    EXPECT_TRUE(run.unanswered);
    EXPECT_EQ(run.count, 9U);
    EXPECT_EQ(run.host, "db1");
    EXPECT_EQ(run.kernel, "6.12.1 x86_64");
    EXPECT_THAT(run.hooks, ElementsAre("sigpipe=signal_generate", ""));
}

TEST(RunFrames, WhatWasAskedForComesBack) {
    const Selection selection = come_back(full_run()).selection;
    EXPECT_THAT(selection.ports, ElementsAre(1, 65535));
    EXPECT_THAT(selection.local_ports, ElementsAre(2));
    EXPECT_THAT(selection.remote_ports, ElementsAre(3, 4));
    EXPECT_THAT(selection.pids, ElementsAre(4242, 4194304));
    EXPECT_THAT(selection.comms, ElementsAre("orders-api", std::string("a\0b\xff", 4)));
    EXPECT_THAT(selection.cgroups, ElementsAre("/system.slice"));
    EXPECT_THAT(selection.netns, ElementsAre(4026531840));
    EXPECT_EQ(selection.hosts, full_run().selection.hosts);
    EXPECT_TRUE(selection.follow);
    EXPECT_FALSE(selection.ipv4);
    EXPECT_TRUE(selection.ipv6);
}

TEST(RunFrames, WhatWasNotAskedForStaysAbsent) {
    const RecordedRun run = come_back(RecordedRun{});
    EXPECT_FALSE(run.start.open_connections);
    EXPECT_FALSE(run.count);
    EXPECT_FALSE(run.all);
    EXPECT_FALSE(run.selection.by_process());
    EXPECT_FALSE(run.selection.by_port());
    EXPECT_TRUE(run.selection.ipv4);
    EXPECT_TRUE(run.selection.ipv6);
    EXPECT_THAT(run.hooks, IsEmpty());
}

TEST(RunFrames, ANamedStackComesBack) {
    const NamedStack stack = come_back(full_stack());
    EXPECT_EQ(stack.key, std::string("\0\xffkey", 5));
    ASSERT_EQ(stack.frames.size(), 2U);
    EXPECT_EQ(stack.frames[0].address, 0U);
    EXPECT_EQ(stack.frames[0].function, "");
    EXPECT_TRUE(stack.frames[0].is_inlined);
    const StackFrame& frame = stack.frames[1];
    EXPECT_EQ(frame.address, 0x7fff00001234U);
    EXPECT_EQ(frame.module, "orders-api");
    EXPECT_EQ(frame.offset, 0x41U);
    EXPECT_EQ(frame.build_id, "0123ab");
    EXPECT_EQ(frame.path, "/usr/bin/orders-api");
    EXPECT_EQ(frame.function, "flush_orders");
    EXPECT_EQ(frame.function_offset, 65U);
    EXPECT_EQ(frame.file, "orders.c");
    EXPECT_EQ(frame.line, 120);
    EXPECT_FALSE(frame.is_inlined);
}

TEST(RunFrames, EveryEndComesBack) {
    for (const auto reason : {RunEndReason::kInterrupted, RunEndReason::kDuration, RunEndReason::kCount,
                              RunEndReason::kOutputClosed, RunEndReason::kCutShort, RunEndReason::kCommandEnded}) {
        const RecordedEnd end = come_back(RecordedEnd{77, reason});
        EXPECT_EQ(end.monotonic_ns, 77U);
        EXPECT_EQ(end.reason, reason);
    }
}

TEST(RunFrames, AReasonOfANewerWriterIsNoneOfOurs) {
    FrameBytes bytes = encode(RecordedEnd{77, RunEndReason::kCount});
    bytes[sizeof(wire_header) + sizeof(std::uint64_t)] = std::byte{200};
    const auto end = std::get<RecordedEnd>(decode_run_frame(bytes).value());
    EXPECT_EQ(end.monotonic_ns, 77U);
    EXPECT_EQ(end.reason, RunEndReason::kInterrupted);
}

/// What version 1.1 appended, in bytes, 1.2, and 1.4 (where there are two of them).
constexpr std::size_t kRunsLimits = sizeof(std::uint32_t) + 2;
constexpr std::size_t kRunsBootId = sizeof(std::uint32_t) + 13;
constexpr std::size_t kRunsAs = kRunsBootId + 1; // and what was appended after it, as in the next
constexpr std::size_t kRunsUnanswered = kRunsAs + 1;
constexpr std::size_t kRunsHosts = kRunsUnanswered + 4 + 2 * 18; // two of them
constexpr std::size_t kRunsIdAndPart = sizeof(std::uint64_t) + sizeof(std::uint32_t);
constexpr std::size_t kEndsBooks = 2 * sizeof(std::uint64_t);
constexpr std::size_t kRunsMaxMemory = sizeof(std::uint64_t);

TEST(RunFrames, CutAnywhereAreNoFrames) {
    struct Whole {
        FrameBytes bytes;
        std::vector<std::size_t> appended; ///< where an older version ended: so many bytes before the end
    };
    const Whole wholes[]{
        {encode(full_run()),
         {kRunsBootId, kRunsAs, kRunsUnanswered, kRunsHosts, kRunsHosts + kRunsLimits,
          kRunsHosts + kRunsLimits + kRunsMaxMemory, kRunsHosts + kRunsLimits + kRunsMaxMemory + kRunsIdAndPart}},
        {encode(full_stack()), {2}}, // a byte a frame
        {encode(RecordedEnd{77, RunEndReason::kCount}), {kEndsBooks}}};
    for (const auto& [whole, appended] : wholes)
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_EQ(decode_run_frame(Frame(whole).first(size)).has_value(),
                      std::count(appended.begin(), appended.end(), whole.size() - size) == 1)
                << size << " of " << whole.size();
}

TEST(RunFrames, WhatVersionOneDidNotHaveIsAbsent) {
    RecordedRun run = full_run();
    run.id = run.start.run_id = 99;
    run.part = 3;
    EXPECT_EQ(come_back(run), run);
    const FrameBytes bytes = encode(run);
    const auto run_without = [&bytes](std::size_t appended) {
        return std::get<RecordedRun>(decode_run_frame(Frame(bytes).first(bytes.size() - appended)).value());
    };
    EXPECT_EQ(run_without(kRunsBootId).start.boot_id, "");
    EXPECT_EQ(run_without(kRunsBootId).selection.as, run.selection.as);
    EXPECT_NE(run.selection.as, model::Selection{}.as);
    EXPECT_EQ(run_without(kRunsAs).selection.as, model::Selection{}.as);
    EXPECT_TRUE(run_without(kRunsAs).unanswered);
    EXPECT_FALSE(run_without(kRunsUnanswered).unanswered);
    EXPECT_EQ(run_without(kRunsUnanswered).selection.hosts, run.selection.hosts);
    EXPECT_THAT(run_without(kRunsHosts).selection.hosts, IsEmpty());
    EXPECT_EQ(run_without(kRunsHosts).start.limits, run.start.limits);
    EXPECT_THAT(run_without(kRunsHosts + kRunsLimits).start.limits, IsEmpty());
    EXPECT_EQ(run_without(kRunsHosts + kRunsLimits).max_memory, run.max_memory);
    EXPECT_EQ(run_without(kRunsHosts + kRunsLimits + kRunsMaxMemory).part, 3U);
    EXPECT_EQ(run_without(kRunsHosts + kRunsLimits + kRunsMaxMemory).max_memory, 0U);
    const RecordedRun old = run_without(kRunsHosts + kRunsLimits + kRunsMaxMemory + kRunsIdAndPart);
    EXPECT_EQ(old.id, 0U);
    EXPECT_EQ(old.start.run_id, 0U);
    EXPECT_EQ(old.part, 0U);
    const RecordedEnd end{77, RunEndReason::kCount, model::EventCounters{10, 8}};
    EXPECT_EQ(come_back(end), end);
    const FrameBytes ending = encode(end);
    EXPECT_FALSE(
        std::get<RecordedEnd>(decode_run_frame(Frame(ending).first(ending.size() - kEndsBooks)).value()).events);
}

TEST(RunFrames, TheMarkAfterRepeatedFactsComesBack) { come_back(model::FactsRepeated{}); }

TEST(RunFrames, FieldsOfANewerWriterAreLeftOut) {
    for (FrameBytes bytes : {encode(full_run()), encode(full_stack()), encode(RecordedEnd{})}) {
        bytes.resize(bytes.size() + 13);
        EXPECT_TRUE(decode_run_frame(bytes));
    }
}

/// A frame of the type whose payload is these numbers.
FrameBytes forged(RunFrame type, const std::vector<std::uint32_t>& payload) {
    FrameBytes bytes(sizeof(wire_header) + payload.size() * sizeof(std::uint32_t));
    wire_header header{};
    header.type = static_cast<std::uint16_t>(type);
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::memcpy(bytes.data() + sizeof(header), payload.data(), payload.size() * sizeof(std::uint32_t));
    return bytes;
}

// Were a length believed, these would take gigabytes, or minutes.
TEST(RunFrames, ALengthIsNotBelieved) {
    constexpr std::uint32_t kHostile = 0xffffffff;
    EXPECT_FALSE(decode_run_frame(forged(RunFrame::kStackNamed, {kHostile})));       // the key
    EXPECT_FALSE(decode_run_frame(forged(RunFrame::kStackNamed, {0, kHostile})));    // the frames
    EXPECT_FALSE(decode_run_frame(forged(RunFrame::kStackNamed, {0, kHostile, 1}))); // … with something behind it
    const std::vector<std::uint32_t> until_ports{0, 0, 0, 0, 0, 0, 0, 0};
    for (std::size_t list = 0; list < 7; ++list) {
        std::vector<std::uint32_t> payload = until_ports;
        payload.resize(payload.size() + list); // empty lists
        payload.push_back(kHostile);
        payload.resize(payload.size() + 50);
        EXPECT_FALSE(decode_run_frame(forged(RunFrame::kRunStarted, payload))) << list;
    }
}

TEST(RunFrames, OtherFramesAreNone) {
    EXPECT_FALSE(decode_run_frame(encode(TimePassed{1})));
    EXPECT_FALSE(decode_run_frame(forged(static_cast<RunFrame>(84), {0, 0, 0, 0})));
    EXPECT_FALSE(decode_run_frame({}));
}

TEST(RunFrames, AreNoEvents) {
    EXPECT_FALSE(decode(encode(full_run())));
    EXPECT_FALSE(decode(encode(full_stack())));
    EXPECT_FALSE(decode(encode(RecordedEnd{})));
}

TEST(RunFrames, OfAnyLengthComeBack) {
    NamedStack stack;
    stack.key = std::string(70'000, 'k');
    EXPECT_EQ(come_back(stack).key, stack.key);
}

} // namespace
} // namespace tcpblame::wire
