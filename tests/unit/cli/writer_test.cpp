#include "cli/output/writer.hpp"

#include "record/interruptible_write.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace tcpblame::cli {
namespace {

using testing::HasSubstr;

/// A directory of the test's own.
class WriterTest : public testing::Test {
protected:
    WriterTest() {
        std::string pattern = testing::TempDir() + "writerXXXXXX";
        directory_ = mkdtemp(pattern.data());
        std::signal(SIGPIPE, SIG_IGN); // as the program does
    }
    ~WriterTest() override {
        unlink(path("out").c_str());
        rmdir(directory_.c_str());
    }
    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    static std::string content(const std::string& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::string directory_;
};

TEST_F(WriterTest, KeepsTheTextUntilItIsFlushed) {
    auto writer = Writer::open(path("out"));
    ASSERT_TRUE(writer);
    writer->put("one\n");
    writer->put("two\n");
    EXPECT_EQ(content(path("out")), "");
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(content(path("out")), "one\ntwo\n");
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(content(path("out")), "one\ntwo\n") << "once";
    EXPECT_FALSE(writer->closed());
}

TEST_F(WriterTest, LeavesAFileThatHoldsSomething) {
    std::ofstream(path("out")) << "something old";
    const auto refused = Writer::open(path("out"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::kFailure);
    EXPECT_THAT(refused.error().todo, HasSubstr("--overwrite"));
    EXPECT_EQ(content(path("out")), "something old");
}

TEST_F(WriterTest, ReplacesItWhereThatIsAskedFor) {
    std::ofstream(path("out")) << "something old and long";
    auto writer = Writer::open(path("out"), STDOUT_FILENO, record::EarlierContent::kOverwrite);
    ASSERT_TRUE(writer);
    writer->put("new");
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(content(path("out")), "new");
}

TEST_F(WriterTest, DoesNotLeaveItsFileToAChild) {
    auto writer = Writer::open(path("out"));
    EXPECT_NE(fcntl(writer->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(WriterTest, SaysWhyAPathCannotBeWritten) {
    const auto writer = Writer::open(path("no/such/directory"));
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, ExitCode::kFailure);
    EXPECT_THAT(writer.error().what, HasSubstr(path("no/such/directory")));
    EXPECT_EQ(writer.error().why, std::strerror(ENOENT));
    EXPECT_EQ(Writer::open(path("")).error().why, std::strerror(EISDIR));
}

TEST_F(WriterTest, SaysThatADeviceIsFull) {
    auto writer = Writer::open("/dev/full");
    ASSERT_TRUE(writer);
    writer->put("text");
    const auto flushed = writer->flush();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, ExitCode::kFailure);
    EXPECT_THAT(flushed.error().what, HasSubstr("/dev/full"));
    EXPECT_EQ(flushed.error().why, std::strerror(ENOSPC));
    EXPECT_FALSE(writer->closed());
    EXPECT_TRUE(writer->flush()) << "nothing is tried twice";
}

/// A pipe with a name, so that the writer opens it by its path.
class WriterToAPipe : public WriterTest {
protected:
    WriterToAPipe() {
        mkfifo(path("out").c_str(), 0600);
        reader = UniqueFd(open(path("out").c_str(), O_RDONLY | O_NONBLOCK));
        writer = Writer::open(path("out"));
    }
    UniqueFd reader;
    Result<Writer> writer = fail(ExitCode::kFailure, "not open");
};

TEST_F(WriterToAPipe, TakesAReaderThatHasGoneForTheEndNotForAnError) {
    reader = UniqueFd();
    ASSERT_TRUE(writer);
    writer->put("text");
    EXPECT_FALSE(writer->closed());
    EXPECT_TRUE(writer->flush());
    EXPECT_TRUE(writer->closed());
    writer->put("more");
    EXPECT_TRUE(writer->flush());
}

TEST_F(WriterToAPipe, WaitsForASlowReaderOfANonBlockingPipe) {
    ASSERT_TRUE(writer);
    fcntl(writer->fd(), F_SETFL, O_WRONLY | O_NONBLOCK);
    const std::string much(1 << 20, 'x'); // more than a pipe holds
    writer->put(much);
    std::string got;
    std::thread slow([&] {
        fcntl(reader.get(), F_SETFL, O_RDONLY);
        std::string chunk(1 << 16, '\0');
        while (got.size() < much.size()) {
            const ssize_t count = read(reader.get(), chunk.data(), chunk.size());
            if (count <= 0) break;
            got.append(chunk, 0, static_cast<std::size_t>(count));
        }
    });
    EXPECT_TRUE(writer->flush());
    slow.join();
    EXPECT_EQ(got.size(), much.size());
    EXPECT_FALSE(writer->closed());
}

/// As Ctrl-C does.
class WriterThatIsAskedToEnd : public WriterToAPipe {
protected:
    ~WriterThatIsAskedToEnd() override { record::ask_to_end(false); }
    static void ask_soon() {
        std::thread([] {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            record::ask_to_end();
        }).detach();
    }
};

TEST_F(WriterThatIsAskedToEnd, GivesUpWhereNobodyReads) {
    ASSERT_TRUE(writer);
    writer->put(std::string(1 << 20, 'x'));
    ask_soon();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(writer->flush());
    writer->put("more");
    const auto finished = writer->finish();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, ExitCode::kFailure);
    EXPECT_EQ(finished.error().what, "the output is cut");
}

TEST_F(WriterThatIsAskedToEnd, WritesTheRestForOneWhoReads) {
    ASSERT_TRUE(writer);
    record::ask_to_end();
    writer->put(std::string(1 << 20, 'x'));
    std::size_t got = 0;
    std::thread slow([&] {
        fcntl(reader.get(), F_SETFL, O_RDONLY);
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        std::string chunk(1 << 16, '\0');
        while (got < 1 << 20) {
            const ssize_t count = read(reader.get(), chunk.data(), chunk.size());
            if (count <= 0) break;
            got += static_cast<std::size_t>(count);
        }
    });
    EXPECT_TRUE(writer->finish());
    slow.join();
    EXPECT_EQ(got, std::size_t{1} << 20);
}

} // namespace
} // namespace tcpblame::cli
