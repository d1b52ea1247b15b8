#include "store/schema.hpp"

#include <charconv>
#include <fmt/format.h>

namespace tcpblame::store {
namespace {

struct TableWords {
    std::string_view name;
    std::string columns;
    std::string_view order;
    std::string_view shard; ///< by what a cluster spreads it
};

/// By seconds and by nanoseconds: the engine parts and clears away by the one, and sorts by the other; of old it has no
/// type for both.
constexpr std::string_view kTimes = "    time DateTime,\n    time_ns Int64{},\n";

TableWords frame_table(bool is_new) {
    const std::string_view names = is_new ? "LowCardinality(String)" : "String";
    const std::string_view counted = is_new ? " CODEC(Delta, ZSTD(1))" : "";
    return {
        "frames",
        fmt::format("    flow UInt64,\n    numbers UInt32,\n    host {},\n    run UInt64,\n    sequence UInt64{},\n",
                    names, counted) +
            fmt::format(fmt::runtime(kTimes), counted) +
            fmt::format("    kind UInt16,\n    frame String{}\n", is_new ? " CODEC(ZSTD(3))" : ""),
        // As they come, and as a report fetches them; by its flow a connection is looked for through all of a column.
        "host, run, sequence",
        // Both ends of a connection on one server; what is about none goes with its run.
        "if(flow = 0, cityHash64(host, run), flow)"};
}

TableWords verdict_table(bool is_new) {
    const std::string_view names = is_new ? "LowCardinality(String)" : "String";
    return {"verdicts",
            fmt::format(fmt::runtime(kTimes), is_new ? " CODEC(Delta, ZSTD(1))" : "") +
                fmt::format("    host {0},\n    run UInt64,\n    key UInt64,\n    type {0},\n    cause {0},\n"
                            "    confidence {0},\n    error {0},\n    process {0},\n    pid UInt32,\n"
                            "    boot_id {0},\n    flow UInt64,\n    connection String,\n    community_id String,\n"
                            "    local_address String,\n    local_port UInt16,\n    remote_address String,\n"
                            "    remote_port UInt16,\n    summary String,\n    json String{1}\n",
                            names, is_new ? " CODEC(ZSTD(3))" : ""),
            "time, host, run, key", "cityHash64(host, run)"};
}

/// A row that is written twice is one, once its parts are merged; whoever reads takes it once until then.
std::string keeping(const TableWords& table, const SchemaOptions& options) {
    std::string statement =
        fmt::format("CREATE TABLE IF NOT EXISTS {}.{}{} (\n{}) ENGINE = ReplacingMergeTree()\n"
                    "PARTITION BY toYYYYMMDD(time)\nORDER BY ({})",
                    options.database, table.name, options.cluster.empty() ? "" : "_here", table.columns, table.order);
    if (has_ttl(options.version) && options.keep_days != 0)
        statement += fmt::format("\nTTL time + INTERVAL {} DAY", options.keep_days);
    return statement;
}

std::string spreading(const TableWords& table, const SchemaOptions& options) {
    return fmt::format("CREATE TABLE IF NOT EXISTS {0}.{1} AS {0}.{1}_here\n"
                       "ENGINE = Distributed({2}, {0}, {1}_here, {3})",
                       options.database, table.name, options.cluster, table.shard);
}

} // namespace

bool has_ttl(const EngineVersion& version) {
    constexpr unsigned kMajor = 20;
    constexpr unsigned kMinor = 3;
    return version.major > kMajor || (version.major == kMajor && version.minor >= kMinor);
}

Result<EngineVersion> parse_version(std::string_view text) {
    EngineVersion version;
    const char* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    const bool has_minor = major.ec == std::errc{} && major.ptr != end && *major.ptr == '.';
    if (has_minor && std::from_chars(major.ptr + 1, end, version.minor).ec == std::errc{}) return version;
    return fail(ExitCode::kUsage, fmt::format("invalid --syntax '{}'", text), "it takes two numbers at least",
                "for example: --syntax 24.8");
}

std::vector<std::string> schema(const SchemaOptions& options) {
    const bool is_new = has_ttl(options.version);
    std::vector<std::string> statements{fmt::format("CREATE DATABASE IF NOT EXISTS {}", options.database)};
    for (const TableWords& table : {frame_table(is_new), verdict_table(is_new)}) {
        statements.push_back(keeping(table, options));
        if (!options.cluster.empty()) statements.push_back(spreading(table, options));
    }
    return statements;
}

} // namespace tcpblame::store
