#include "render/json_line.hpp"

#include <array>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace tcpblame::render {
namespace {

using Json = nlohmann::ordered_json;

std::string as_member(std::string_view text) {
    JsonLine line;
    line.begin();
    line.put("text", text);
    return std::string{line.end()};
}

/// What a library that many trust makes of it.
std::string by_the_book(std::string_view text) {
    Json line;
    line["text"] = text;
    return line.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

TEST(JsonLine, KeepsTheOrderInWhichMembersArePut) {
    JsonLine line;
    line.begin();
    line.put("z", 1);
    line.object("object", [&] {
        line.put("b", true);
        line.put("a", std::int64_t{-5});
        line.put_hex("hex", 255);
        line.put_hex("most", UINT64_MAX);
        line.put_hex("zero", 0);
    });
    line.array("texts", std::vector<std::string>{"one", "two"}, [&](const std::string& text) { line.put(text); });
    line.array("pairs", std::array{UINT64_MAX}, [&](std::uint64_t value) { line.put_pair(3, value); });
    line.array("objects", std::array{1, 2}, [&](int value) { line.object([&] { line.put("value", value); }); });
    line.array("none", std::vector<int>{}, [&](int value) { line.put_pair(1, static_cast<std::uint64_t>(value)); });
    line.put("most", UINT64_MAX);
    EXPECT_EQ(line.end(), R"({"z":1,"object":{"b":true,"a":-5,"hex":"0xff","most":"0xffffffffffffffff","zero":"0x0"},)"
                          R"("texts":["one","two"],"pairs":["3:18446744073709551615"],)"
                          R"("objects":[{"value":1},{"value":2}],"none":[],"most":18446744073709551615})"
                          "\n");
}

TEST(JsonLine, LeavesOutWhatSaysNothing) {
    JsonLine line;
    line.begin();
    line.add("text", "");
    line.add("number", std::optional<int>{});
    line.add_nonzero("count", 0);
    line.add_array("array", std::vector<int>{}, [](int) {});
    line.add_object("object", [&] { line.add_object("inner", [&] { line.add("text", ""); }); });
    line.add("zero", std::optional<int>{0});
    line.add_object("brace", [&] { line.put("text", "{"); });
    EXPECT_EQ(line.end(), "{\"zero\":0,\"brace\":{\"text\":\"{\"}}\n");
}

TEST(JsonLine, BeginsAnewWithEachLine) {
    JsonLine line;
    line.begin();
    line.put("first", 1);
    line.end();
    line.begin();
    EXPECT_EQ(line.end(), "{}\n");
}

TEST(JsonLine, EscapesEveryPairOfBytesByTheBook) {
    std::string text;
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) {
            text = {static_cast<char>(first), static_cast<char>(second)};
            ASSERT_EQ(as_member(text), by_the_book(text)) << first << ' ' << second;
        }
}

// Leads of each length, the bytes that only some leads permit, and what is to be escaped.
TEST(JsonLine, EscapesBrokenAndWholeCharactersByTheBook) {
    constexpr std::string_view kBytes = "a\"\\\n\x7f\x80\x8f\x90\x9f\xa0\xbf\xc1\xc2\xe0\xe2\xed\xef\xf0\xf1\xf4\xf5";
    std::mt19937 random(1);
    std::uniform_int_distribution<std::size_t> any(0, kBytes.size() - 1);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(std::uniform_int_distribution<std::size_t>(1, 9)(random), 'a');
        for (char& byte : text) byte = kBytes[any(random)];
        ASSERT_EQ(as_member(text), by_the_book(text)) << by_the_book(text);
    }
}

TEST(JsonLine, EscapesAndKeepsCharactersOfEveryLengthByTheBook) {
    for (const std::string_view text :
         {"orders-api", "b\u00fccher", "\u5bbd\u5b57", "\U0001f980 \U0010ffff", "\u202e\u009b", ""})
        EXPECT_EQ(as_member(text), by_the_book(text));
    EXPECT_EQ(as_member("\U0001f980"), "{\"text\":\"\\ud83e\\udd80\"}\n");
}

} // namespace
} // namespace tcpblame::render
