/// Small programs, built and run for a test: each prints addresses of its own code, and waits.
#pragma once

#include "base/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace tcpblame::capture {

/// A folder that goes with everything in it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "tcpblame_test_XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

inline void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void run_command(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

/// The line that "// MARK" stands in.
inline int line_of(const std::string& source, const std::string& mark) {
    const std::size_t at = source.find("// " + mark);
    EXPECT_NE(at, std::string::npos) << mark;
    return 1 + static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

/// Static functions that call one another; the last call of gives_up() never returns, so that its return address is
/// where the next function may begin.
inline const std::string kOrdersC = R"(#include <stdio.h>
#include <unistd.h>
void exported(void);
static void flush_orders(void) { // flush
    printf("flush_orders %lx\n", (unsigned long)flush_orders);
    printf("in_handle_request %lx\n", (unsigned long)__builtin_return_address(0));
}
__attribute__((noinline)) static void handle_request(void) {
    printf("handle_request %lx\n", (unsigned long)handle_request);
    flush_orders(); // call
    puts("");
}
__attribute__((noinline, noreturn)) static void wait_for_end(void) {
    printf("in_gives_up %lx\n", (unsigned long)__builtin_return_address(0));
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
__attribute__((noinline)) void gives_up(void) {
    printf("gives_up %lx\n", (unsigned long)gives_up);
    wait_for_end(); // last
}
__attribute__((noinline)) void exported(void) { printf("exported %lx\n", (unsigned long)exported); }
int main(void) {
    printf("write %lx\n", (unsigned long)write);
    handle_request();
    exported();
    gives_up();
}
)";

/// Two functions of which the compiler leaves nothing but their code in a third.
inline const std::string kInlinedC = R"(#include <stdio.h>
#include <unistd.h>
static unsigned long place;
__attribute__((noinline)) static unsigned long here(void) { return (unsigned long)__builtin_return_address(0); }
static inline __attribute__((always_inline)) void innermost(void) {
    place = here(); // innermost
}
static inline __attribute__((always_inline)) void between(void) {
    innermost(); // between
}
__attribute__((noinline)) static void outermost(void) {
    between(); // outermost
    printf("in_outermost %lx\n", place);
}
int main(void) {
    printf("here %lx\n", (unsigned long)here);
    outermost();
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
)";

inline const std::string kOrdersCpp = R"(#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>
namespace orders {
template <typename T> struct Flusher {
    __attribute__((noinline)) void flush(const std::vector<T>& what) { // flush
        std::printf("in_handle %lx %zu\n", reinterpret_cast<unsigned long>(__builtin_return_address(0)), what.size());
    }
};
__attribute__((noinline)) void handle(const std::vector<std::string>& what) {
    Flusher<std::string>().flush(what); // call
    std::puts("");
}
} // namespace orders
int main() {
    void (orders::Flusher<std::string>::*flush)(const std::vector<std::string>&) = &orders::Flusher<std::string>::flush;
    unsigned long address;
    __builtin_memcpy(&address, &flush, sizeof(address));
    std::printf("flush %lx\n", address);
    orders::handle({"a"});
    std::puts("ready");
    std::fflush(stdout);
    for (;;) pause();
}
)";

inline const std::string kLibraryC = R"(unsigned long inside_library(unsigned long (*call)(void));
unsigned long inside_library(unsigned long (*call)(void)) {
    unsigned long address = call(); // call
    return address + (address == 0);
}
)";

inline const std::string kLibraryUserC = R"(#include <stdio.h>
#include <unistd.h>
unsigned long inside_library(unsigned long (*call)(void));
static unsigned long who_calls(void) { return (unsigned long)__builtin_return_address(0); }
int main(void) {
    printf("in_library %lx\n", inside_library(who_calls));
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
)";

/// A just-in-time compiler, as far as one can see from outside.
inline const std::string kJitC = R"(#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
    char* code = mmap(0, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char name[64];
    snprintf(name, sizeof(name), "/tmp/perf-%d.map", getpid());
    FILE* map = fopen(name, "w");
    fprintf(map, "%lx 40 thrown away\n", (unsigned long)code);
    fprintf(map, "%lx 40 LazyCompile:*flush orders.js:12\n", (unsigned long)code);
    fprintf(map, "%lx 1", (unsigned long)code + 64);
    fclose(map);
    printf("code %lx\nready\n", (unsigned long)code);
    fflush(stdout);
    for (;;) pause();
}
)";

/// Compiles to `folder`/`name`; gives its path.
inline std::string build(const TemporaryFolder& folder, const std::string& name, const std::string& source,
                         const std::string& flags, const std::string& compiler = "cc") {
    const bool is_cpp = source.find("namespace") != std::string::npos;
    const std::string file = folder / (name + (is_cpp ? ".cpp" : ".c"));
    write_file(file, source);
    run_command((is_cpp && compiler == "cc" ? "c++" : compiler) + " " + file + " -o " + (folder / name) + " " + flags);
    return folder / name;
}

/// A program that has printed "NAME ADDRESS" lines, in hex, and waits for its end.
class Running {
public:
    explicit Running(const std::vector<std::string>& command, const std::function<void()>& before_exec = {}) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) std::abort();
        pid_ = fork();
        if (pid_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            if (before_exec) before_exec();
            std::vector<char*> arguments;
            for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
            arguments.push_back(nullptr);
            execv(arguments[0], arguments.data());
            _exit(127);
        }
        close(ends[1]);
        read_addresses(UniqueFd(ends[0]));
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { end(); }

    std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }
    std::uint64_t at(const std::string& name) const {
        const auto found = addresses_.find(name);
        EXPECT_NE(found, addresses_.end()) << name;
        return found != addresses_.end() ? found->second : 0;
    }
    /// And reaps it: nothing of it is left in /proc.
    void end() {
        if (pid_ <= 0 || has_ended_) return;
        has_ended_ = true;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

private:
    void read_addresses(UniqueFd from) {
        std::string text;
        std::array<char, 4096> piece{};
        while (text.find("ready\n") == std::string::npos) {
            const ssize_t length = read(from.get(), piece.data(), piece.size());
            ASSERT_GT(length, 0) << "it ended too soon, having said: " << text;
            text.append(piece.data(), static_cast<std::size_t>(length));
        }
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string name;
            std::uint64_t address = 0;
            if (words >> name >> std::hex >> address) addresses_[name] = address;
        }
    }

    pid_t pid_ = -1;
    bool has_ended_ = false;
    std::map<std::string, std::uint64_t> addresses_;
};

} // namespace tcpblame::capture
