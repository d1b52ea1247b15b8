#include "store/url.hpp"

#include "store/credentials.hpp"
#include "store/engine.hpp"
#include "store/schema.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace tcpblame::store {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Url, IsTakenApart) {
    EXPECT_EQ(*parse_url("http://ch1:9000/db"), (Url{false, "ch1", 9000, "db", ""}));
    EXPECT_EQ(*parse_url("https://[fd00::1]/db_2?async_insert=1"),
              (Url{true, "fd00::1", 8443, "db_2", "async_insert=1"}));
    EXPECT_EQ(to_string(*parse_url("https://[fd00::1]/db?x=1")), "https://[fd00::1]:8443/db");
    EXPECT_TRUE(is_loopback(*parse_url("http://127.0.0.1/db")));
    EXPECT_FALSE(is_loopback(*parse_url("http://10.0.0.1/db")));
}

TEST(Url, IsRefused) {
    for (const char* text : {"", "ch1/db", "http://ch1", "http://ch1/", "http:///db", "http://ch1:0/db",
                             "http://ch1:x/db", "http://ch1:70000/db", "http://ch1/d'b", "http://ch1/a/b",
                             "http://ch1/db?a b", "ftp://ch1/db", "http://[::1/db", "http://ch1/db?a=1\r\nX: y"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, ExitCode::kUsage);
    }
}

TEST(Url, DoesNotRepeatAPassword) {
    const auto url = parse_url("http://me:secret@ch1/db");
    ASSERT_FALSE(url);
    for (const std::string& said : {url.error().what, url.error().why, url.error().todo})
        EXPECT_THAT(said, Not(HasSubstr("secret")));
}

TEST(Credentials, AreReadFromAFileOfItsOwner) {
    std::string folder = "/tmp/tcpblame-credentials-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const std::string file = folder + "/credentials";
    std::ofstream(file) << "me:a:b\nmore\n";
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
    EXPECT_EQ(*read_credentials(file), (Credentials{"me", "a:b"}));
    for (const perms other : {perms::group_read, perms::others_read, perms::group_write}) {
        std::filesystem::permissions(file, perms::owner_read | other);
        const auto refused = read_credentials(file);
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().what, HasSubstr("others may use"));
    }
    std::filesystem::permissions(file, perms::owner_read);
    std::ofstream(file + "2") << "nothing\n";
    std::filesystem::permissions(file + "2", perms::owner_read);
    EXPECT_FALSE(read_credentials(file + "2"));
    EXPECT_FALSE(read_credentials(folder));
    EXPECT_FALSE(read_credentials(folder + "/none"));
    std::filesystem::remove_all(folder);
}

TEST(Schema, IsInTheWordsOfTheVersion) {
    const auto all = [](const SchemaOptions& options) {
        std::string text;
        for (const std::string& each : schema(options)) text += each + ";\n";
        return text;
    };
    const std::string old = all({.version = {18, 16}, .database = "db", .cluster = ""});
    EXPECT_THAT(old, Not(HasSubstr("TTL")));
    EXPECT_THAT(old, HasSubstr("ORDER BY (host, run, sequence)"));
    EXPECT_THAT(old, Not(HasSubstr("Distributed")));
    const std::string present = all({.database = "db", .cluster = "", .keep_days = 7});
    EXPECT_THAT(present, HasSubstr("TTL time + INTERVAL 7 DAY"));
    EXPECT_THAT(all({.database = "db", .cluster = "", .keep_days = 0}), Not(HasSubstr("TTL")));
    EXPECT_THAT(all({.database = "db", .cluster = "fleet"}), HasSubstr("Distributed(fleet, db, frames_here, "));
    EXPECT_EQ(*parse_version("18.16.1"), (EngineVersion{18, 16}));
    EXPECT_FALSE(parse_version("new"));
    EXPECT_FALSE(parse_version("18"));
}

TEST(Quoted, EndsWhereItEnds) { EXPECT_EQ(quoted("a'b\\"), "'a\\'b\\\\'"); }

} // namespace
} // namespace tcpblame::store
