#include "cli/replay/stored_window.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr std::int64_t kStoreSecondNs = 1'000'000'000;
/// A proxy ends one connection so long after another, at most; and the engine's times are of whole seconds.
constexpr std::int64_t kAtThatTimeNs = 2 * kStoreSecondNs;
constexpr std::int64_t kADayNs = 86'400 * kStoreSecondNs;
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
    std::set<std::string> hosts;
    Flows keys;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
};

using Parts = std::vector<PartFile>;

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

/// An end whose host's clock is wrong is found by its four-tuple, whenever it was. Its initial sequence numbers are two
/// of 2^32, which others have, too, on another day. The counters by which they are known may be off by one or two, and
/// so theirs by one.
std::string is_one_of(const Flows& keys, const Reported& reported) {
    std::set<std::uint32_t> near;
    for (const std::uint32_t number : keys.numbers) near.insert({number - 1, number, number + 1});
    near.erase(0);
    std::string by_flow = fmt::format("flow IN ({})", fmt::join(keys.flows, ","));
    if (near.empty()) return by_flow;
    return fmt::format("({} OR (numbers IN ({}) AND {}))", by_flow, fmt::join(near, ","),
                       is_within({reported.first_ns, reported.last_ns}, kADayNs));
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
        std::string_view host;
        std::uint64_t flow = 0;
        std::int64_t first_ns = 0;
        std::int64_t last_ns = 0;
        if (!reader.take(host) || !reader.take(flow) || !reader.take(first_ns) || !reader.take(last_ns)) return false;
        if (!reported) reported = Reported{.hosts = {}, .keys = {}, .first_ns = first_ns, .last_ns = last_ns};
        reported->hosts.emplace(host);
        reported->keys.flows.insert(flow);
        reported->first_ns = std::min(reported->first_ns, first_ns);
        reported->last_ns = std::max(reported->last_ns, last_ns);
        return true;
    };
    const std::string query =
        fmt::format("SELECT host, flow, min(time_ns), max(time_ns) FROM verdicts WHERE {} GROUP BY host, flow "
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

std::string is_of(const std::set<std::string>& hosts) {
    std::vector<std::string> names;
    names.reserve(hosts.size());
    for (const std::string& host : hosts) names.push_back(store::quoted(host));
    return fmt::format("host IN ({})", fmt::join(names, ","));
}

/// Whose rows are asked about, and of when they are; the rest of a part may be of another time.
Result<Parts> parts_where(const std::string& condition, store::Engine& engine) {
    Parts parts;
    const auto take = [&](store::BinaryReader& reader) {
        PartFile part;
        std::string_view host;
        std::uint64_t number = 0;
        if (!reader.take(host) || !reader.take(part.key.run) || !reader.take(number) || !reader.take(part.first_ns) ||
            !reader.take(part.last_ns) || !reader.take(part.rows))
            return false;
        part.key.host = host;
        part.key.part = static_cast<std::uint32_t>(number);
        parts.push_back(std::move(part));
        return true;
    };
    const std::string query =
        fmt::format("SELECT host, run, intDiv(sequence, {}) AS part, min(time_ns), max(time_ns), count() FROM frames{} "
                    "GROUP BY host, run, part ORDER BY host, run, part FORMAT RowBinary",
                    std::uint64_t{1} << store::kIndexBits, condition.empty() ? "" : " WHERE " + condition);
    if (auto asked = select_rows(engine, query, take); !asked) return tl::unexpected(asked.error());
    return parts;
}

auto order_of(const store::PartKey& part) { return std::tie(part.host, part.run, part.part); }

/// Both are in order; a part that is in both is there once.
Parts merged(Parts parts, Parts others) {
    const auto is_before = [](const PartFile& one, const PartFile& other) {
        return order_of(one.key) < order_of(other.key);
    };
    std::move(others.begin(), others.end(), std::back_inserter(parts));
    std::stable_sort(parts.begin(), parts.end(), is_before);
    Parts once;
    for (PartFile& part : parts) {
        if (once.empty() || once.back().key != part.key) {
            once.push_back(std::move(part));
            continue;
        }
        once.back().first_ns = std::min(once.back().first_ns, part.first_ns);
        once.back().last_ns = std::max(once.back().last_ns, part.last_ns);
        once.back().rows = std::max(once.back().rows, part.rows);
    }
    return once;
}

/// Where their ends are, and the hosts over which their stories go; of no host: they are too many to be distinguished.
struct Places {
    Parts own;
    std::set<std::string> hosts;
};

Result<Places> places_of(Reported& reported, store::Engine& engine) {
    const std::string of_reported =
        fmt::format("{} AND flow IN ({})", is_of(reported.hosts), fmt::join(reported.keys.flows, ","));
    auto own = keys_where(of_reported, reported, engine);
    if (!own) return tl::unexpected(own.error());
    own->flows.merge(reported.keys.flows);
    reported.keys = std::move(*own);
    Places places;
    Flows keys = reported.keys;
    for (int hop = 0; hop < kMostHops; ++hop) {
        auto found = parts_where(is_one_of(keys, reported), engine);
        if (!found) return tl::unexpected(found.error());
        const std::size_t known = places.hosts.size();
        for (const PartFile& part : *found) places.hosts.insert(part.key.host);
        if (hop == 0) places.own = std::move(*found);
        if (places.hosts.size() == known) break;
        auto next = keys_where(is_of(places.hosts), reported, engine);
        if (!next) return tl::unexpected(next.error());
        if (next->flows.size() >= kMostFlows) return Places{.own = std::move(places.own), .hosts = {}};
        keys = std::move(*next);
    }
    return places;
}

Result<Parts> parts_of_story(Reported& reported, Window window, store::Engine& engine) {
    auto places = places_of(reported, engine);
    if (!places) return tl::unexpected(places.error());
    window.from_ns = std::max(window.from_ns.value_or(reported.first_ns), reported.first_ns);
    window.until_ns = std::min(window.until_ns.value_or(reported.last_ns), reported.last_ns);
    const std::string by_host = places->hosts.empty() ? "" : is_of(places->hosts) + " AND ";
    auto around = parts_where(by_host + is_within(window, kAroundNs), engine);
    if (!around) return tl::unexpected(around.error());
    return merged(std::move(*around), std::move(places->own));
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

Result<std::vector<PartFile>> needed_parts(const RangeOptions& range, store::Engine& engine) {
    const Window window{ns_of(range.since), ns_of(range.until)};
    if (!range.filter.connections.empty()) {
        auto reported = reported_of(range.filter.connections, engine);
        if (!reported) return tl::unexpected(reported.error());
        if (*reported) return parts_of_story(**reported, window, engine);
    }
    return parts_where(is_within(window, kAroundNs), engine);
}

} // namespace tcpblame::cli
