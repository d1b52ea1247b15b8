#include "cli/replay/stored_window.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace tcpblame::cli {
namespace {

constexpr std::int64_t kStoreSecondNs = 1'000'000'000;
/// A proxy ends one connection so long after another, at most; and the engine's times are of whole seconds.
constexpr std::int64_t kAtThatTimeNs = 2 * kStoreSecondNs;
constexpr int kMostHops = 4;
/// More of them are asked for at once by nobody: then all hosts are.
constexpr std::size_t kMostFlows = 20'000;

/// Since the epoch, both inclusive; nullopt: from the beginning, to the end.
struct Window {
    std::optional<std::int64_t> from_ns, until_ns;
};

/// What frames are found by: FrameKeys.
struct Flows {
    std::set<std::uint64_t> flows;
    std::set<std::uint32_t> numbers;
};

/// Of connections that hosts have reported of.
struct Reported {
    Flows keys;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
};

std::optional<std::int64_t> ns_of(const std::optional<Moment>& moment) {
    return moment && !moment->after_start ? std::optional(realtime_of(*moment, 0, 0)) : std::nullopt;
}

std::string is_within(const Window& window, std::int64_t around_ns) {
    std::string condition;
    const auto add = [&](const std::optional<std::int64_t>& moment_ns, std::string_view comparison,
                         std::int64_t by_ns) {
        if (!moment_ns) return;
        condition += fmt::format("{}time {} toDateTime({})", condition.empty() ? "" : " AND ", comparison,
                                 std::max<std::int64_t>((*moment_ns + by_ns) / kStoreSecondNs, 0));
    };
    add(window.from_ns, ">=", -around_ns);
    add(window.until_ns, "<=", around_ns);
    return condition;
}

/// The counters by which an end's numbers are known may be off by one or two, and so theirs by one.
std::string is_one_of(const Flows& keys) {
    std::set<std::uint32_t> near;
    for (const std::uint32_t number : keys.numbers) near.insert({number - 1, number, number + 1});
    near.erase(0);
    const std::string by_flow = fmt::format("flow IN ({})", fmt::join(keys.flows, ","));
    return near.empty() ? by_flow : fmt::format("({} OR numbers IN ({}))", by_flow, fmt::join(near, ","));
}

std::string is_named(const ConnectionName& name) {
    const std::string id = store::quoted(name.id);
    if (name.host.empty()) return fmt::format("connection = {0} OR community_id = {0}", id);
    return fmt::format("(connection = {} AND host = {})", id, store::quoted(name.host));
}

/// nullopt where no host has: they may be in the store all the same.
Result<std::optional<Reported>> reported_of(const std::vector<ConnectionName>& connections, store::Engine& engine) {
    std::string names;
    for (const ConnectionName& name : connections) names += (names.empty() ? "" : " OR ") + is_named(name);
    std::optional<Reported> reported;
    const auto take = [&](store::BinaryReader& reader) {
        std::uint64_t flow = 0;
        std::int64_t first_ns = 0;
        std::int64_t last_ns = 0;
        if (!reader.take(flow) || !reader.take(first_ns) || !reader.take(last_ns)) return false;
        if (!reported) reported = Reported{.keys = {}, .first_ns = first_ns, .last_ns = last_ns};
        reported->keys.flows.insert(flow);
        reported->first_ns = std::min(reported->first_ns, first_ns);
        reported->last_ns = std::max(reported->last_ns, last_ns);
        return true;
    };
    const std::string query =
        fmt::format("SELECT flow, min(time_ns), max(time_ns) FROM verdicts WHERE {} GROUP BY flow "
                    "LIMIT {} FORMAT RowBinary",
                    names, kMostFlows);
    if (auto asked = select_rows(engine, query, take); !asked) return tl::unexpected(asked.error());
    return reported;
}

/// The keys of frames of about that time for which `condition` holds.
Result<Flows> keys_where(const std::string& condition, const Reported& reported, store::Engine& engine) {
    Flows keys;
    const auto take = [&](store::BinaryReader& reader) {
        std::uint64_t flow = 0;
        std::uint32_t numbers = 0;
        if (!reader.take(flow) || !reader.take(numbers)) return false;
        keys.flows.insert(flow);
        if (numbers != 0) keys.numbers.insert(numbers);
        return true;
    };
    const std::string query =
        fmt::format("SELECT DISTINCT flow, numbers FROM frames WHERE {} AND {} AND flow != 0 LIMIT {} FORMAT RowBinary",
                    is_within({reported.first_ns, reported.last_ns}, kAtThatTimeNs), condition, kMostFlows);
    if (auto asked = select_rows(engine, query, take); !asked) return tl::unexpected(asked.error());
    return keys;
}

Result<std::set<std::string>> hosts_with(const Flows& keys, store::Engine& engine) {
    std::set<std::string> hosts;
    const auto take = [&](store::BinaryReader& reader) {
        std::string_view host;
        if (!reader.take(host)) return false;
        hosts.emplace(host);
        return true;
    };
    const std::string query =
        fmt::format("SELECT DISTINCT host FROM frames WHERE {} FORMAT RowBinary", is_one_of(keys));
    if (auto asked = select_rows(engine, query, take); !asked) return tl::unexpected(asked.error());
    return hosts;
}

std::string is_of(const std::set<std::string>& hosts) {
    std::vector<std::string> names;
    names.reserve(hosts.size());
    for (const std::string& host : hosts) names.push_back(store::quoted(host));
    return fmt::format("host IN ({})", fmt::join(names, ","));
}

/// The hosts over which their stories go; empty: any, for they are too many to be distinguished.
Result<std::set<std::string>> hosts_of(Reported& reported, store::Engine& engine) {
    auto own = keys_where(fmt::format("flow IN ({})", fmt::join(reported.keys.flows, ",")), reported, engine);
    if (!own) return tl::unexpected(own.error());
    own->flows.merge(reported.keys.flows);
    reported.keys = std::move(*own);
    Flows keys = reported.keys;
    std::set<std::string> hosts;
    for (int hop = 0; hop < kMostHops; ++hop) {
        auto found = hosts_with(keys, engine);
        if (!found) return tl::unexpected(found.error());
        const bool is_new = !std::includes(hosts.begin(), hosts.end(), found->begin(), found->end());
        hosts.merge(*found);
        if (!is_new) break;
        auto next = keys_where(is_of(hosts), reported, engine);
        if (!next) return tl::unexpected(next.error());
        if (next->flows.size() >= kMostFlows) return std::set<std::string>();
        keys = std::move(*next);
    }
    return hosts;
}

Result<std::string> condition_of(Reported& reported, Window window, store::Engine& engine) {
    const auto hosts = hosts_of(reported, engine);
    if (!hosts) return tl::unexpected(hosts.error());
    window.from_ns = std::max(window.from_ns.value_or(reported.first_ns), reported.first_ns);
    window.until_ns = std::min(window.until_ns.value_or(reported.last_ns), reported.last_ns);
    const std::string by_host = hosts->empty() ? "" : " AND " + is_of(*hosts);
    // An end whose host's clock is wrong is found by its keys, whenever it was.
    return fmt::format(" WHERE ({}{}) OR {}", is_within(window, kAroundNs), by_host, is_one_of(reported.keys));
}

} // namespace

Result<void> select_rows(store::Engine& engine, const std::string& query,
                         const std::function<bool(store::BinaryReader&)>& take) {
    store::RowCutter cutter(take);
    if (auto asked = engine.select(query, [&](std::string_view bytes) { cutter.put(bytes); }); !asked)
        return tl::unexpected(asked.error());
    if (!cutter.is_cut()) return {};
    return fail(ExitCode::kFailure, "the store's answer is not understood", "it ends within a row",
                "were its tables made by tcpblame store init?");
}

Result<std::string> condition_of(const RangeOptions& range, store::Engine& engine) {
    const Window window{ns_of(range.since), ns_of(range.until)};
    if (!range.filter.connections.empty()) {
        auto reported = reported_of(range.filter.connections, engine);
        if (!reported) return tl::unexpected(reported.error());
        if (*reported) return condition_of(**reported, window, engine);
    }
    const std::string condition = is_within(window, kAroundNs);
    return condition.empty() ? "" : " WHERE " + condition;
}

} // namespace tcpblame::cli
