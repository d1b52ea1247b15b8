#include "capture/elf_file.hpp"

#include "capture/build_id.hpp"
#include "capture/programs.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <random>
#include <sys/stat.h>

namespace tcpblame::capture {
namespace {

std::shared_ptr<ElfFile> open_elf(const std::string& path) {
    auto file = open_regular(path);
    return file ? ElfFile::open(std::move(*file), path) : nullptr;
}

/// A name for everything; whether it is true is not asked.
void name_all(ElfFile& elf, std::uint64_t size) {
    NameReader reader;
    for (std::uint64_t offset = 0; offset < size; offset += 64) elf.name(offset, offset % 128 == 0, reader, "");
    elf.name(~std::uint64_t{0}, true, reader, "");
}

TEST(BuildId, IsTheSameWithTheKernelsZerosBehindIt) {
    EXPECT_TRUE(is_same_build_id("abcd", "abcd"));
    EXPECT_TRUE(is_same_build_id("abcd", "abcd0000"));
    EXPECT_TRUE(is_same_build_id("abcd0000", "abcd"));
    EXPECT_FALSE(is_same_build_id("abcd", "abcd0001"));
    EXPECT_FALSE(is_same_build_id("", ""));
    EXPECT_FALSE(is_same_build_id("", "0000"));
}

TEST(ElfFile, IsNothingButAProgramOrLibrary) {
    const TemporaryFolder folder;
    write_file(folder / "empty", "");
    write_file(folder / "text", "#!/bin/sh\n");
    write_file(folder / "head", "\177ELF");
    for (const char* name : {"empty", "text", "head"}) EXPECT_EQ(open_elf(folder / name), nullptr) << name;
    EXPECT_EQ(open_elf(build(folder, "object.o", kOrdersC, "-c")), nullptr);
    EXPECT_NE(open_elf(build(folder, "orders", kOrdersC, "")), nullptr);
}

TEST(ElfFile, SurvivesBeingCutShort) {
    const TemporaryFolder folder;
    const std::string whole = read_file(build(folder, "orders", kOrdersC, "-g"));
    for (std::size_t size = 0; size < whole.size(); size += 97) {
        write_file(folder / "cut", whole.substr(0, size));
        if (const auto elf = open_elf(folder / "cut")) name_all(*elf, 0x2000);
    }
}

void name_damaged(const std::string& whole, const TemporaryFolder& folder, unsigned seed) {
    std::mt19937 random(seed);
    const auto at_most = [&random](std::size_t size) { return random() % size; };
    for (int round = 0; round < 200; ++round) {
        std::string damaged = whole;
        // The headers, at the begin and at the end, are where damage does most.
        for (int i = 0; i < 20; ++i) damaged[at_most(damaged.size())] = static_cast<char>(random());
        if (round % 2 == 0) damaged[at_most(0x400)] = static_cast<char>(random());
        if (round % 3 == 0) damaged[damaged.size() - 1 - at_most(0x800)] = static_cast<char>(random());
        write_file(folder / "damaged", damaged);
        if (const auto elf = open_elf(folder / "damaged")) name_all(*elf, 0x2000);
    }
}

TEST(ElfFile, SurvivesDamage) {
    const TemporaryFolder folder;
    unsigned seed = 1;
    for (const char* flags : {"-g", "-g -gz=zlib", "-g -gdwarf-4"})
        name_damaged(read_file(build(folder, "orders", kOrdersC, flags)), folder, seed++);
}

/// A library whose debug information names another file to be read along; in its place is a FIFO, which nobody will
/// ever write to. Its only function is code().
std::string library_with_a_trap(const TemporaryFolder& folder) {
    mkfifo((folder / "trap").c_str(), 0666);
    chmod(folder.path().c_str(), 0755);
    write_file(folder / "library.s", R"(.globl code
        .type code, @function
        .file 1 "code.c"
code:   .loc 1 7
        .fill 16, 1, 0x90
        .size code, 16
        .section .debug_abbrev, "", @progbits
        .uleb128 1, 0x11         # 1: a compilation unit,
        .byte 0                  # without children, with
        .uleb128 0x1b, 0x1f21    # comp_dir, in the other file
        .uleb128 0x10, 0x17      # stmt_list
        .uleb128 0x11, 0x01      # low_pc
        .uleb128 0x12, 0x06      # high_pc
        .byte 0, 0, 0
        .section .debug_info, "", @progbits
        .long 2f - 1f
1:      .value 4                 # version
        .long 0                  # abbreviations
        .byte 8                  # bytes in an address
        .uleb128 1
        .long 0
        .long .Lline
        .quad code
        .long 16
2:
        .section .debug_line, "", @progbits
.Lline:
        .section .gnu_debugaltlink, "", @progbits
        .asciz ")" + (folder / "trap") + R"("
        .fill 20, 1, 1
)");
    run_command("cc -shared -nostdlib " + (folder / "library.s") + " -o " + (folder / "library.so"));
    return folder / "library.so";
}

TEST(ElfFile, ReportsFunctionsThoughItsLinesAreATrap) {
    const TemporaryFolder folder;
    const auto elf = open_elf(library_with_a_trap(folder));
    ASSERT_NE(elf, nullptr);
    NameReader reader({.patience_ms = 100});
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::uint64_t> named;
    for (std::uint64_t offset = 0; offset < 0x4000; ++offset)
        if (elf->name(offset, false, reader, "").function == "code") named.push_back(offset);
    EXPECT_EQ(named.size(), 16u);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2)) << "it falls into it but once";
}

/// The owner of a file may do so at any time, and a mapping of it would be deadly to touch.
TEST(ElfFile, SurvivesAnothersFileThatIsCutShortMeanwhile) {
    const TemporaryFolder folder;
    const std::string path = build(folder, "orders", kOrdersC, "-g");
    const auto elf = open_elf(path);
    ASSERT_NE(elf, nullptr);
    NameReader reader;
    elf->name(0x1000, false, reader, "");
    ASSERT_EQ(truncate(path.c_str(), 100), 0);
    name_all(*elf, 0x2000);
    for (std::uint64_t offset = 0x1001; offset < 0x1100; ++offset) elf->name(offset, false, reader, "");
}

} // namespace
} // namespace tcpblame::capture
