#include "wire/user_frames.hpp"

#include "bpf/wire.h"
#include "wire/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace tcpblame::wire {
namespace {

using namespace model;

ContainerNames named() {
    return {.name = "api",
            .image = "shop/api:1.2",
            .pod = "api-7c9",
            .pod_namespace = "shop",
            .compose_project = "a",
            .compose_service = "b",
            .app = "c"};
}
// Packed: each string after its length, of four bytes.
constexpr std::size_t kNames = 7 * 4 + 3 + 12 + 7 + 4 + 1 + 1 + 1;
constexpr std::size_t kArgv = 4 + 9;

ProcessKnown orders_api() {
    ProcessKnown known;
    known.argv = std::string("orders\0-v", 9);
    known.container = named();
    known.time_ns = 77;
    known.pid = 4242;
    known.exe = "/usr/bin/orders-api";
    known.cgroup = "/system.slice";
    known.mappings = {{0x400000, 0x500000, 0x1000, "/usr/bin/orders-api"}, {1, 2, 3, ""}};
    return known;
}

wire_header header_of(const FrameBytes& bytes) {
    wire_header header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    return header;
}

TEST(UserFrames, ThePassingOfTimeComesBack) {
    const auto event = decode(encode(TimePassed{123}));
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<TimePassed>(*event).now_ns, 123U);
}

TEST(UserFrames, ALossComesBack) {
    EventsLost lost;
    lost.lost = {.count = 5, .cpu = 3, .after_monotonic_ns = 10, .before_monotonic_ns = 20, .first = 42};
    const auto event = decode(encode(lost));
    ASSERT_TRUE(event);
    const LostEvents& back = std::get<EventsLost>(*event).lost;
    EXPECT_EQ(back.count, 5U);
    EXPECT_EQ(back.cpu, 3U);
    EXPECT_EQ(back.after_monotonic_ns, 10U);
    EXPECT_EQ(back.before_monotonic_ns, 20U);
    EXPECT_EQ(back.first, 42U);
}

TEST(UserFrames, ALossOnNoCpuInParticularComesBack) {
    EventsLost lost;
    lost.lost.count = 1;
    EXPECT_FALSE(std::get<EventsLost>(decode(encode(lost)).value()).lost.cpu);
    lost.lost.cpu = 0;
    EXPECT_EQ(std::get<EventsLost>(decode(encode(lost)).value()).lost.cpu, 0U);
}

TEST(UserFrames, AProcessComesBack) {
    const auto event = decode(encode(orders_api()));
    ASSERT_TRUE(event);
    const auto& back = std::get<ProcessKnown>(*event);
    EXPECT_EQ(back.time_ns, 77U);
    EXPECT_EQ(back.pid, 4242U);
    EXPECT_EQ(back.exe, "/usr/bin/orders-api");
    EXPECT_EQ(back.cgroup, "/system.slice");
    ASSERT_EQ(back.mappings.size(), 2U);
    EXPECT_EQ(back.mappings[0].start, 0x400000U);
    EXPECT_EQ(back.mappings[0].end, 0x500000U);
    EXPECT_EQ(back.mappings[0].file_offset, 0x1000U);
    EXPECT_EQ(back.mappings[0].path, "/usr/bin/orders-api");
    EXPECT_EQ(back.mappings[1].path, "");
}

TEST(UserFrames, ASettingOfTheClockComesBack) {
    const ClockSet set{77, -3'600'000'000'000};
    const auto event = decode(encode(set));
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<ClockSet>(*event), set);
}

TEST(UserFrames, AnyByteMayStandInAName) {
    ProcessKnown known;
    known.exe = std::string("a\0b\n\xff", 5);
    EXPECT_EQ(std::get<ProcessKnown>(decode(encode(known)).value()).exe, known.exe);
}

TEST(UserFrames, BeginLikeEveryFrame) {
    const FrameBytes bytes = encode(orders_api());
    EXPECT_EQ(header_of(bytes).type, static_cast<std::uint16_t>(UserFrame::kProcessKnown));
    EXPECT_EQ(header_of(bytes).size, bytes.size());
    EXPECT_EQ(header_of(bytes).time_ns, 77U);
    EXPECT_EQ(header_of(bytes).sequence, 0U) << "not counted";
    EXPECT_GE(header_of(encode(TimePassed{1})).type, kFirstUserFrame);
}

TEST(UserFrames, ALongOneComesBackThoughItsSizeDoesNotFitTheHeader) {
    ProcessKnown known = orders_api();
    known.mappings.assign(2'000, {1, 2, 3, "/usr/lib/a/library/with/a/long/name.so"});
    const FrameBytes bytes = encode(known);
    ASSERT_GT(bytes.size(), std::size_t{UINT16_MAX});
    EXPECT_EQ(header_of(bytes).size, 0U);
    EXPECT_EQ(std::get<ProcessKnown>(decode(bytes).value()).mappings.size(), 2'000U);
}

TEST(UserFrames, CutShortAnywhereIsNone) {
    EventsLost lost;
    lost.lost.count = 1;
    for (const FrameBytes& whole : {encode(TimePassed{5}), encode(lost), encode(ClockSet{5, 6}), encode(orders_api()),
                                    encode(CgroupKnown{1, "/", named()})}) {
        EXPECT_TRUE(decode(whole));
        const auto type = static_cast<UserFrame>(header_of(whole).type);
        const std::vector<std::size_t> ends = type == UserFrame::kProcessKnown
                                                  ? std::vector{kNames + kArgv + 1, kNames + kArgv}
                                              : type == UserFrame::kCgroupKnown ? std::vector{kNames}
                                              : type == UserFrame::kEventsLost  ? std::vector<std::size_t>{8}
                                                                                : std::vector<std::size_t>{};
        for (std::size_t length = 0; length < whole.size(); ++length)
            EXPECT_EQ(decode(Frame(whole.data(), length)).has_value(),
                      std::find(ends.begin(), ends.end(), whole.size() - length) != ends.end())
                << "of " << whole.size() << ", " << length << " bytes";
    }
}

TEST(UserFrames, AnOldRecordingsProcessIsTheOneThatItWas) {
    ProcessKnown another = orders_api();
    another.is_another = true;
    const FrameBytes bytes = encode(another);
    EXPECT_TRUE(std::get<ProcessKnown>(decode(bytes).value()).is_another);
    const ProcessKnown of_1_0 =
        std::get<ProcessKnown>(decode(Frame(bytes).first(bytes.size() - kNames - kArgv - 1)).value());
    EXPECT_FALSE(of_1_0.is_another);
    const ProcessKnown of_1_8 =
        std::get<ProcessKnown>(decode(Frame(bytes).first(bytes.size() - kNames - kArgv)).value());
    EXPECT_TRUE(of_1_8.is_another);
    EXPECT_EQ(of_1_8.argv, "");
    EXPECT_TRUE(of_1_8.container.empty());
}

TEST(UserFrames, TheNamesOfAContainerComeBack) {
    EXPECT_EQ(std::get<ProcessKnown>(decode(encode(orders_api())).value()), orders_api());
    const CgroupKnown cgroup{7, "/docker/x", named()};
    EXPECT_EQ(std::get<CgroupKnown>(decode(encode(cgroup)).value()), cgroup);
    const FrameBytes bytes = encode(cgroup);
    EXPECT_EQ(std::get<CgroupKnown>(decode(Frame(bytes).first(bytes.size() - kNames)).value()),
              (CgroupKnown{7, "/docker/x", {}}))
        << "of version 1.8";
}

TEST(UserFrames, MayBeLongerThanWeKnow) {
    FrameBytes bytes = encode(orders_api());
    bytes.resize(bytes.size() + 40);
    EXPECT_EQ(std::get<ProcessKnown>(decode(bytes).value()).pid, 4242U);
}

TEST(UserFrames, ACountThatTheBytesDoNotBearOutIsNone) {
    ProcessKnown known;
    known.pid = 1;
    FrameBytes bytes = encode(known);
    const std::uint32_t very_many = UINT32_MAX;
    for (std::size_t from_end = 4; from_end <= 8 * 4; from_end += 4) { // each name's length, and the command line's
        FrameBytes changed = bytes;
        std::memcpy(changed.data() + changed.size() - from_end, &very_many, sizeof(very_many));
        EXPECT_FALSE(decode(changed)) << from_end;
    }
    bytes.resize(bytes.size() - 8 * 4 - 1);
    std::memcpy(bytes.data() + bytes.size() - sizeof(very_many), &very_many, sizeof(very_many));
    EXPECT_FALSE(decode(bytes)) << "so many mappings";
}

} // namespace
} // namespace tcpblame::wire
