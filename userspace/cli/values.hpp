/// The values of options, from what somebody typed.
#pragma once

#include "base/result.hpp"
#include "capture/attach.hpp"
#include "cli/metrics/listen_address.hpp"
#include "cli/moment.hpp"
#include "cli/replay/verdict_filter.hpp"
#include "model/address.hpp"
#include "model/selection.hpp"
#include "render/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpblame::cli {

enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };

enum class Format : std::uint8_t { kText, kTable, kJsonLines, kOtlp, kEcs, kHtml, kPerfetto };

/// Read line by line, at a terminal's width.
constexpr bool is_for_a_terminal(Format format) { return format == Format::kText || format == Format::kTable; }

/// A JSON object a line, as it happens: what a person gets besides is in it.
constexpr bool is_of_json_lines(Format format) {
    return format == Format::kJsonLines || format == Format::kOtlp || format == Format::kEcs;
}

/// include/linux/sched.h: TASK_COMM_LEN, without its NUL.
inline constexpr std::size_t kMostCommBytes = 15;

// Each fails with kUsage and names the flag.
/// Numbers, ranges (8000-8003) of no more than the kernel's filter takes, and services (http).
Result<std::vector<std::uint16_t>> parse_ports(std::string_view flag, std::string_view list);
/// Addresses or prefixes (10.0.0.0/8) of either family; one that is IPv4-mapped is IPv4.
Result<std::vector<model::Prefix>> parse_hosts(std::string_view flag, std::string_view list);
/// With commas or spaces between.
Result<std::vector<std::uint32_t>> parse_pids(std::string_view flag, std::string_view list);
/// What is longer than the kernel keeps is cut, as the kernel does.
Result<std::vector<std::string>> parse_comms(std::string_view flag, std::string_view list);
/// Codes of causes or of reasons.
Result<std::vector<std::string>> parse_causes(std::string_view flag, std::string_view list);
/// Names, cut as parse_comms() does, or pids.
Result<std::vector<std::string>> parse_processes(std::string_view flag, std::string_view list);
/// "1c4f", "web1/1c4f", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
Result<std::vector<ConnectionName>> parse_connections(std::string_view flag, std::string_view list);
/// Paths in the unified hierarchy, with or without its mount point.
Result<std::vector<std::string>> parse_cgroups(std::string_view flag, std::string_view list);
/// Inode numbers, paths (/proc/PID/ns/net), or names as "ip netns" has them; fails with kFailure where there is none.
Result<std::vector<std::uint32_t>> parse_netns(std::string_view flag, std::string_view list);
/// "90", "1.5s", "5m", "2h".
Result<std::chrono::nanoseconds> parse_seconds(std::string_view flag, std::string_view text);
/// ROLE=PROGRAM, as tcpblame doctor names them.
Result<std::vector<capture::ForcedHook>> parse_hooks(std::string_view flag, std::string_view list);
Result<std::uint64_t> parse_count(std::string_view flag, std::string_view text);
/// So many a second.
Result<std::uint32_t> parse_rate(std::string_view flag, std::string_view text);

/// Bytes: a whole number, or one of K, M or G (powers of 1024), from `least` to `most`.
Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text, std::uint64_t least, std::uint64_t most);
/// As the kernel has it: a power of two, of whole pages.
Result<std::uint64_t> parse_ring_size(std::string_view flag, std::string_view text);
/// Of one file of a ring of them.
Result<std::uint64_t> parse_file_size(std::string_view flag, std::string_view text);
Result<std::uint64_t> parse_memory_size(std::string_view flag, std::string_view text);
Result<std::uint64_t> parse_spool_size(std::string_view flag, std::string_view text);
/// Letters, digits and _.
Result<std::string> parse_cluster(std::string_view flag, std::string_view text);
/// How many files a ring has.
Result<std::uint32_t> parse_file_count(std::string_view flag, std::string_view text);

inline constexpr std::uint32_t kDefaultFiles = 10;

/// PORT, on the loopback; or ADDRESS:PORT, with an IPv6 address in brackets.
Result<render::MetricNames> parse_metric_names(std::string_view flag, std::string_view text);
Result<ListenAddress> parse_listen_address(std::string_view flag, std::string_view text);

Result<model::Part> parse_part(std::string_view flag, std::string_view text);
Result<ColorChoice> parse_color(std::string_view flag, std::string_view text);
/// Those that are read line by line: text, table, jsonl (also json), otlp, ecs.
Result<Format> parse_format(std::string_view flag, std::string_view text);

/// Of directories, by their whole paths.
Result<std::vector<std::string>> parse_directories(std::string_view flag, std::string_view list);

// Any name but an empty one.
Result<std::string> parse_file_name(std::string_view flag, std::string_view text);
Result<std::string> parse_user(std::string_view flag, std::string_view text);

} // namespace tcpblame::cli
