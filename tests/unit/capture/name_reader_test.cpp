#include "capture/name_reader.hpp"

#include "capture/programs.hpp"
#include "capture/regular_file.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <string>
#include <sys/wait.h>

namespace tcpblame::capture {
namespace {

/// A library whose one function is called `symbol`, at the address that the test asks for.
class Library {
public:
    explicit Library(const std::string& symbol, const std::string& flags = "") {
        write_file(folder_ / "library.s", ".globl \"" + symbol + "\"\n.type \"" + symbol + "\", @function\n\"" +
                                              symbol + "\":\n.fill 64, 1, 0x90\n.size \"" + symbol + "\", 64\n");
        run_command("cc -shared -nostdlib -Wl,-Ttext=0x4000 " + flags + " " + (folder_ / "library.s") + " -o " +
                    (folder_ / "library.so"));
        file_ = UniqueFd(open((folder_ / "library.so").c_str(), O_RDONLY | O_CLOEXEC));
    }
    NameQuestion ask(std::uint64_t number, std::uint64_t address = 0x4010) const {
        return {.file = number, .fd = file_.get(), .address = address};
    }

private:
    TemporaryFolder folder_;
    UniqueFd file_;
};

TEST(NameReader, NamesCode) {
    const Library library("_ZN6orders5flushEv");
    NameReader reader;
    const auto name = reader.ask(library.ask(1));
    ASSERT_TRUE(name);
    EXPECT_EQ(name->function, "orders::flush()");
    EXPECT_EQ(name->function_offset, 16u);
    EXPECT_EQ(reader.ask(library.ask(1, 0x4040))->function, "") << "behind its end";
    NameQuestion behind = library.ask(1, 0x4040);
    behind.is_return_address = true;
    EXPECT_EQ(reader.ask(behind)->function_offset, 64u);
}

TEST(NameReader, ReportsFilesApartByTheirNumber) {
    const Library one("one");
    const Library two("two");
    NameReader reader({.files = 1});
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(reader.ask(one.ask(1))->function, "one");
        EXPECT_EQ(reader.ask(two.ask(2))->function, "two");
    }
}

TEST(NameReader, HasNeitherPrivilegeNorFilesOfOurs) {
    const Library library("code");
    NameReader reader;
    EXPECT_EQ(reader.pid(), 0) << "it is not started before it is needed";
    ASSERT_TRUE(reader.ask(library.ask(1)));
    const std::string proc = "/proc/" + std::to_string(reader.pid());
    const std::string status = read_file(proc + "/status");
    EXPECT_THAT(status, testing::HasSubstr("NoNewPrivs:\t1"));
    EXPECT_THAT(status, testing::HasSubstr("CapEff:\t0000000000000000"));
    if (geteuid() != 0) return; // another's /proc/PID/fd is closed to us
    EXPECT_THAT(status, testing::HasSubstr("Uid:\t65534\t65534\t65534\t65534"));
    EXPECT_THAT(status, testing::HasSubstr("Groups:\t \n"));
    const std::filesystem::directory_iterator fds(proc + "/fd");
    EXPECT_EQ(std::distance(begin(fds), end(fds)), 2) << "the socket, the file";
}

/// Each level is a pair of the one before: 2^40 times "int", from 400 bytes.
std::string exploding_symbol() {
    const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string symbol = "_Z1fSt4pairIiiE";
    for (std::size_t level = 0; level < 40; ++level) {
        const std::string reference = "S" + std::string(level < 36 ? "" : "1") + digits[level % 36] + "_";
        symbol += "S_I" + reference + reference + "E";
    }
    return symbol;
}

TEST(NameReader, OutlivesAFileThatIsTooMuch) {
    const Library hostile(exploding_symbol());
    const Library harmless("harmless");
    NameReader reader({.patience_ms = 300, .memory = std::size_t{256} << 20});
    const auto began = std::chrono::steady_clock::now();
    const auto name = reader.ask(hostile.ask(1));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
    EXPECT_FALSE(name);
    EXPECT_EQ(reader.ask(harmless.ask(2))->function, "harmless");
}

TEST(NameReader, BeginsAnewWhenItsProcessDies) {
    const Library library("code");
    NameReader reader;
    ASSERT_TRUE(reader.ask(library.ask(1)));
    const pid_t before = reader.pid();
    kill(before, SIGKILL);
    const auto name = reader.ask(library.ask(1));
    ASSERT_TRUE(name) << "it may have died of another file";
    EXPECT_EQ(name->function, "code");
    EXPECT_NE(reader.pid(), before);
}

TEST(NameReader, GivesUpAfterManyDeaths) {
    const Library library("code");
    NameReader reader({.crashes = 2});
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(reader.ask(library.ask(1)));
        kill(reader.pid(), SIGKILL);
    }
    EXPECT_FALSE(reader.ask(library.ask(1)));
    EXPECT_EQ(reader.pid(), 0);
}

TEST(NameReader, LeavesNoChild) {
    const Library library("code");
    pid_t pid = 0;
    {
        NameReader reader;
        ASSERT_TRUE(reader.ask(library.ask(1)));
        pid = reader.pid();
        EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "it is not seen by who waits for a child of its own";
    }
    EXPECT_EQ(kill(pid, 0), -1);
}

} // namespace
} // namespace tcpblame::capture
