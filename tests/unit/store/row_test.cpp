#include "store/row.hpp"

#include "bpf/wire.h"
#include "store/batch.hpp"
#include "store/flow_key.hpp"
#include "store/row_binary.hpp"
#include "wire/run_frames.hpp"

#include <cstring>
#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace tcpblame::store {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kSecond = 1'000'000'000;

model::Tuple tuple(std::uint16_t local, std::uint16_t remote) {
    return {{model::Family::kIpv4, {10, 0, 0, 1}, local}, {model::Family::kIpv4, {10, 0, 0, 2}, remote}};
}

wire::FrameBytes run_frame(std::uint64_t id = 7, std::uint32_t part = 0) {
    model::RecordedRun run;
    run.host = "web1";
    run.id = id;
    run.part = part;
    run.start.monotonic_ns = 10 * kSecond;
    run.start.realtime_offset_ns = 1000 * kSecond;
    return wire::encode(run);
}

wire::FrameBytes state_frame(const std::uint8_t (&local)[4], std::uint16_t local_port, const std::uint8_t (&remote)[4],
                             std::uint16_t remote_port) {
    wire_state state{};
    state.header.type = WIRE_STATE;
    state.header.size = sizeof(state);
    state.header.time_ns = 12 * kSecond;
    state.socket.family = 4;
    std::memcpy(state.socket.local, local, sizeof(local));
    std::memcpy(state.socket.remote, remote, sizeof(remote));
    state.socket.local_port = local_port;
    state.socket.remote_port = remote_port;
    const auto* bytes = reinterpret_cast<const std::byte*>(&state);
    return {bytes, bytes + sizeof(state)};
}

std::vector<FrameRow> rows_of(const std::vector<wire::FrameBytes>& frames) {
    std::vector<FrameRow> rows;
    RowMaker maker([&](FrameRow&& row) { rows.push_back(std::move(row)); });
    for (const wire::FrameBytes& frame : frames) maker.take(frame);
    maker.finish();
    return rows;
}

TEST(FlowKey, IsTheSameFromEitherEnd) {
    EXPECT_EQ(flow_key(tuple(80, 4000)), flow_key(tuple(80, 4000).swapped()));
    EXPECT_NE(flow_key(tuple(80, 4000)), flow_key(tuple(80, 4001)));
    EXPECT_NE(flow_key(tuple(80, 4000)), flow_key(tuple(4000, 80))); // which address has which port
    EXPECT_NE(flow_key(tuple(80, 4000)), 0U);
}

TEST(FlowKey, NumbersAreTheSameAtBothEndsOfATranslation) {
    const auto numbers = [](std::uint32_t sent, std::uint32_t received, std::uint64_t acked) {
        wire_state state{};
        state.header = {.type = WIRE_STATE, .size = sizeof(state), .cpu = 0, .sequence = 1, .time_ns = 1};
        state.socket.protocol = 6;
        state.socket.family = 4;
        state.socket.local_port = state.socket.remote_port = 80;
        state.progress.snd_una = sent + static_cast<std::uint32_t>(acked);
        state.progress.bytes_acked = acked;
        state.progress.rcv_nxt = received;
        return keys_of({reinterpret_cast<const std::byte*>(&state), sizeof(state)}).numbers;
    };
    const std::uint32_t here = numbers(1000, 77000, 500);
    EXPECT_NE(here, 0U);
    EXPECT_LE(numbers(77001, 1000, 3) - here + 1, 2U); // the same, or next to it
    EXPECT_EQ(numbers(0, 0, 0), 0U);
}

TEST(FlowKey, StaysWhatItWas) { EXPECT_EQ(flow_key(tuple(80, 4000)), 915980067551313973U); }

TEST(FlowKey, TakesAnIpv4MappedAddressForIpv4) {
    model::Tuple mapped = tuple(80, 4000);
    mapped.local = {model::Family::kIpv6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}, 80};
    EXPECT_EQ(flow_key(mapped), flow_key(tuple(80, 4000)));
}

TEST(FlowKey, OfFramesOfBothEndsIsTheSame) {
    const std::uint64_t key = keys_of(state_frame({10, 0, 0, 1}, 80, {10, 0, 0, 2}, 4000)).flow;
    EXPECT_EQ(key, flow_key(tuple(80, 4000)));
    EXPECT_EQ(key, keys_of(state_frame({10, 0, 0, 2}, 4000, {10, 0, 0, 1}, 80)).flow);
    EXPECT_EQ(keys_of(run_frame()).flow, 0U);
    EXPECT_EQ(keys_of(state_frame({10, 0, 0, 1}, 80, {0, 0, 0, 0}, 0)).flow, 0U); // a listener
}

TEST(RowMaker, GivesEachFrameItsPlaceAndItsTime) {
    const auto rows = rows_of({run_frame(), state_frame({10, 0, 0, 1}, 80, {10, 0, 0, 2}, 4000)});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].host, "web1");
    EXPECT_EQ(rows[0].run, 7U);
    EXPECT_EQ(rows[0].sequence, 0U);
    EXPECT_EQ(rows[1].sequence, 1U);
    EXPECT_EQ(rows[1].kind, WIRE_STATE);
    EXPECT_EQ(rows[1].flow, flow_key(tuple(80, 4000)));
    EXPECT_EQ(rows[1].time_ns, static_cast<std::int64_t>(1012 * kSecond));
}

TEST(RowMaker, GathersThePassingOfTime) {
    const auto passed = [](std::uint64_t second) { return wire::encode(model::TimePassed{second * kSecond}); };
    const auto rows =
        rows_of({run_frame(), passed(11), passed(12), wire::encode(model::CgroupKnown{1, "/"}), passed(13)});
    std::vector<std::uint64_t> sequences;
    for (const FrameRow& row : rows) sequences.push_back(row.sequence);
    EXPECT_THAT(sequences, ElementsAre(0, 1, 3, 4));
    EXPECT_EQ(rows[1].frame.size(), 2 * passed(11).size());
}

TEST(RowMaker, OfTheClockThatWasSet) {
    const auto rows = rows_of({run_frame(), wire::encode(model::ClockSet{11 * kSecond, 2000 * kSecond}),
                               state_frame({10, 0, 0, 1}, 80, {10, 0, 0, 2}, 4000)});
    EXPECT_EQ(rows.back().time_ns, static_cast<std::int64_t>(2012 * kSecond));
}

TEST(RowMaker, DatesWhatALaterPartRepeatsByWhatFollows) {
    const auto rows = rows_of({run_frame(7, 3), wire::encode(model::CgroupKnown{1, "/"}),
                               wire::encode(model::FactsRepeated{}), wire::encode(model::TimePassed{90 * kSecond})});
    ASSERT_EQ(rows.size(), 4U);
    for (const FrameRow& row : rows) EXPECT_EQ(row.time_ns, static_cast<std::int64_t>(1090 * kSecond));
    EXPECT_EQ(rows[2].sequence, sequence_of(3, 2));
}

TEST(RowMaker, LeavesAPlaceForWhatWasLost) {
    std::vector<FrameRow> rows;
    RowMaker maker([&](FrameRow&& row) { rows.push_back(std::move(row)); });
    maker.take(run_frame());
    maker.skip(5);
    maker.take(wire::encode(model::CgroupKnown{1, "/"}));
    EXPECT_EQ(rows.back().sequence, 6U);
}

TEST(RowMaker, HasNoUseForFramesOfNoRun) {
    std::vector<FrameRow> rows;
    RowMaker maker([&](FrameRow&& row) { rows.push_back(std::move(row)); });
    maker.take(wire::encode(model::CgroupKnown{1, "/"}));
    maker.take({});
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(maker.left_out(), 2U);
}

TEST(RowMaker, NumbersARunOfAnOlderVersionByItsFirstFrame) {
    const auto one = rows_of({run_frame(0)});
    EXPECT_EQ(one, rows_of({run_frame(0)}));
    EXPECT_NE(one.front().run, 0U);
}

TEST(Batch, IsKnownByItsFirstRowAndTheSameWhenMadeAgain) {
    const auto make = [] {
        std::vector<Batch> batches;
        BatchMaker maker([&](Batch&& batch) { batches.push_back(std::move(batch)); });
        for (const FrameRow& row : rows_of({run_frame(), state_frame({10, 0, 0, 1}, 80, {10, 0, 0, 2}, 4000)}))
            if (row.sequence != 0) maker.put(row);
        maker.cut();
        maker.cut(); // nothing
        return batches;
    };
    const std::vector<Batch> batches = make();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches.front().run, 7U);
    EXPECT_EQ(batches.front().first, 1U);
    EXPECT_EQ(batches.front().rows, 1U);
    EXPECT_EQ(batches, make());
}

TEST(RowBinary, IsCutIntoRowsHoweverItComes) {
    std::string bytes;
    FrameRow row{
        .flow = 1, .host = std::string(300, 'h'), .run = 2, .sequence = 3, .time_ns = 4, .kind = 5, .frame = "f"};
    append(bytes, row);
    append(bytes, row);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
        std::vector<std::string> hosts;
        RowCutter cutter([&](BinaryReader& reader) {
            std::uint64_t flow = 0;
            std::uint32_t numbers = 0;
            std::uint64_t run = 0;
            std::uint64_t sequence = 0;
            std::uint32_t time = 0;
            std::int64_t time_ns = 0;
            std::uint16_t kind = 0;
            std::string_view host;
            std::string_view frame;
            if (!reader.take(flow) || !reader.take(numbers) || !reader.take(host) || !reader.take(run) ||
                !reader.take(sequence) || !reader.take(time) || !reader.take(time_ns) || !reader.take(kind) ||
                !reader.take(frame))
                return false;
            hosts.emplace_back(host);
            return true;
        });
        for (std::size_t at = 0; at < bytes.size(); at += piece) cutter.put(std::string_view(bytes).substr(at, piece));
        EXPECT_THAT(hosts, ElementsAre(row.host, row.host)) << piece;
        EXPECT_FALSE(cutter.is_cut());
        cutter.put("x");
        EXPECT_TRUE(cutter.is_cut());
    }
}

TEST(VerdictRow, HasWhatTheLineSays) {
    const std::string line =
        R"({"type":"verdict","time":"2026-11-28T13:18:46.5Z","cause":"peer-closed","confidence":"observed",)"
        R"("summary":"s","process":{"pid":201,"name":"api"},"write":{"error":"EPIPE"},)"
        R"("boot_id":"b","community_id":"1:x","connection":{"id":"1c4f","local":"[::1]:80","remote":"10.0.0.9:4000"}})";
    const auto row = verdict_row(line + "\n", "web\xff", 7);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->time_ns, 1'795'871'926'500'000'000);
    EXPECT_EQ(row->host, "web\xef\xbf\xbd");
    EXPECT_EQ(row->error, "EPIPE");
    EXPECT_EQ(row->process, "api");
    EXPECT_EQ(row->pid, 201U);
    EXPECT_EQ(row->boot_id, "b");
    EXPECT_EQ(row->connection, "1c4f");
    EXPECT_EQ(row->community_id, "1:x");
    EXPECT_EQ(row->local_address, "::1");
    EXPECT_EQ(row->local_port, 80);
    EXPECT_EQ(row->remote_address, "10.0.0.9");
    EXPECT_EQ(row->json, line);
    EXPECT_EQ(row->key, verdict_row(line, "web\xff", 7)->key);
    EXPECT_FALSE(verdict_row(R"({"type":"end"})", "web", 7));
    EXPECT_FALSE(verdict_row("no JSON", "web", 7));
}

TEST(VerdictRow, HasTheFlowOfItsFrames) {
    const auto flow_of = [](const std::string& local, const std::string& remote) {
        return verdict_row(R"({"type":"verdict","connection":{"local":")" + local + R"(","remote":")" + remote +
                               R"("}})",
                           "h", 1)
            ->flow;
    };
    const model::Tuple ipv4{{model::Family::kIpv4, {10, 0, 0, 7}, 80}, {model::Family::kIpv4, {10, 0, 0, 9}, 4000}};
    EXPECT_EQ(flow_of("10.0.0.7:80", "10.0.0.9:4000"), flow_key(ipv4));
    EXPECT_EQ(flow_of("10.0.0.9:4000", "10.0.0.7:80"), flow_key(ipv4));
    model::Tuple ipv6{{model::Family::kIpv6, {}, 80}, {model::Family::kIpv6, {0xfd}, 4000}};
    ipv6.local.bytes[15] = 1;
    EXPECT_EQ(flow_of("[::1]:80", "[fd00::]:4000"), flow_key(ipv6));
    EXPECT_EQ(flow_of("", "nowhere:80"), 0U);
}

} // namespace
} // namespace tcpblame::store
