#include "cli/values.hpp"

#include "capture/cgroups.hpp"
#include "capture/config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <netdb.h>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace tcpblame::cli {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> entries_of(std::string_view list) {
    std::vector<std::string_view> entries;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        entries.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return entries;
}

tl::unexpected<Error> invalid(std::string_view flag, std::string_view text, std::string why, std::string todo = {}) {
    return fail(ExitCode::kUsage, fmt::format("invalid {} '{}'", flag, text), std::move(why), std::move(todo));
}

/// A comma list of which each entry is parsed by `parse_one` (entry → optional value).
template <typename Value, typename ParseOne>
Result<std::vector<Value>> parse_list(std::string_view flag, std::string_view list, std::string_view expected,
                                      std::string_view example, const ParseOne& parse_one) {
    std::vector<Value> values;
    for (const std::string_view entry : entries_of(list)) {
        std::optional<Value> value = parse_one(entry);
        if (!value)
            return invalid(flag, entry, fmt::format("it takes {}, or several with commas between", expected),
                           std::string(example));
        values.push_back(std::move(*value));
    }
    return values;
}

} // namespace

namespace {

struct Ports {
    std::uint16_t first = 0, last = 0;
};

std::optional<std::uint16_t> port_in(std::string_view text) {
    const auto port = number_in<std::uint16_t>(text);
    return port && *port > 0 ? port : std::nullopt;
}

/// A number, a range of them, or a service of /etc/services.
std::optional<Ports> ports_in(std::string_view entry) {
    if (const auto port = port_in(entry)) return Ports{*port, *port};
    const std::size_t dash = std::min(entry.find('-'), entry.size());
    const auto first = port_in(entry.substr(0, dash));
    const auto last = port_in(entry.substr(std::min(dash + 1, entry.size())));
    if (first && last && *first <= *last) return Ports{*first, *last};
    if (entry.empty() || std::isalpha(static_cast<unsigned char>(entry.front())) == 0) return std::nullopt;
    const servent* service = getservbyname(std::string(entry).c_str(), "tcp");
    if (service == nullptr) return std::nullopt;
    const std::uint16_t port = ntohs(static_cast<std::uint16_t>(service->s_port));
    return Ports{port, port};
}

} // namespace

Result<std::vector<std::uint16_t>> parse_ports(std::string_view flag, std::string_view list) {
    auto ranges = parse_list<Ports>(flag, list, "a port, 1 to 65535, a range (8000-8003), a service (http)",
                                    fmt::format("for example: {} 5432", flag), ports_in);
    if (!ranges) return tl::unexpected(ranges.error());
    std::vector<std::uint16_t> ports;
    for (const auto& [first, last] : *ranges) {
        if (last - first >= CONFIG_LIST_MAX)
            return invalid(flag, fmt::format("{}-{}", first, last),
                           fmt::format("these are {} ports, and the filter in the kernel takes {} at most",
                                       last - first + 1, CONFIG_LIST_MAX),
                           "name fewer, or watch the process: -p, -n");
        for (unsigned port = first; port <= last; ++port) ports.push_back(static_cast<std::uint16_t>(port));
    }
    return ports;
}

namespace {

std::optional<model::Address> address_in(std::string_view text) {
    const std::string typed(text);
    model::Address address{model::Family::kIpv4, {}};
    if (inet_pton(AF_INET, typed.c_str(), address.bytes.data()) == 1) return address;
    address = {model::Family::kIpv6, {}};
    if (inet_pton(AF_INET6, typed.c_str(), address.bytes.data()) == 1) return address;
    return std::nullopt;
}

/// RFC 4291, 2.5.5.2: ::ffff:a.b.c.d, or a prefix of such addresses.
model::Prefix unmapped(const model::Prefix& prefix) {
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    constexpr int kMappedBits = 8 * static_cast<int>(kMapped.size());
    const auto& bytes = prefix.address.bytes;
    if (prefix.address.family != model::Family::kIpv6 || prefix.length < kMappedBits ||
        !std::equal(kMapped.begin(), kMapped.end(), bytes.begin()))
        return prefix;
    model::Address address{model::Family::kIpv4, {}};
    std::copy(bytes.begin() + kMapped.size(), bytes.end(), address.bytes.begin());
    return {address, static_cast<std::uint8_t>(prefix.length - kMappedBits)};
}

std::optional<model::Prefix> host_in(std::string_view entry) {
    const std::size_t slash = std::min(entry.find('/'), entry.size());
    const auto address = address_in(entry.substr(0, slash));
    if (!address) return std::nullopt;
    std::uint8_t length = model::bits_of(address->family);
    if (slash < entry.size()) {
        const auto typed = number_in<std::uint8_t>(entry.substr(slash + 1));
        if (!typed || *typed > length) return std::nullopt;
        length = *typed;
    }
    return unmapped(model::prefix_of(*address, length));
}

} // namespace

Result<std::vector<model::Prefix>> parse_hosts(std::string_view flag, std::string_view list) {
    std::string gathered(list); // of several options, a line each
    std::replace(gathered.begin(), gathered.end(), '\n', ',');
    return parse_list<model::Prefix>(flag, gathered, "an address, IPv4 or IPv6, or a network (10.0.0.0/8, fd00::/8)",
                                     fmt::format("for example: {} 10.0.0.7", flag), host_in);
}

Result<std::vector<std::uint32_t>> parse_pids(std::string_view flag, std::string_view list) {
    constexpr std::uint32_t kMostPid = 1U << 22; // include/linux/threads.h: PID_MAX_LIMIT
    std::string spaced(list);                    // as $(pgrep) and a quoted $(pidof) give them
    std::replace_if(
        spaced.begin(), spaced.end(), [](unsigned char letter) { return std::isspace(letter) != 0; }, ',');
    return parse_list<std::uint32_t>(flag, spaced, "a process id",
                                     fmt::format("for example: {} $(pidof orders-api)", flag),
                                     [](std::string_view entry) {
                                         const auto pid = number_in<std::uint32_t>(entry);
                                         return pid && *pid > 0 && *pid <= kMostPid ? pid : std::nullopt;
                                     });
}

Result<std::vector<std::string>> parse_comms(std::string_view flag, std::string_view list) {
    return parse_list<std::string>(flag, list, "a name", "see the names with: ps -eo pid,comm",
                                   [](std::string_view entry) -> std::optional<std::string> {
                                       if (entry.empty()) return std::nullopt;
                                       return std::string(entry.substr(0, kMostCommBytes));
                                   });
}

namespace {

bool is_code_of_any(std::string_view text) {
    for (int cause = 0; cause < model::kCauseCount; ++cause)
        if (code_of(static_cast<model::Cause>(cause)) == text) return true;
    for (int reason = 0; reason < model::kReasonCount; ++reason)
        if (code_of(static_cast<model::ReasonCode>(reason)) == text) return true;
    return false;
}

} // namespace

Result<std::vector<std::string>> parse_processes(std::string_view flag, std::string_view list) {
    return parse_comms(flag, list);
}

Result<std::vector<std::string>> parse_causes(std::string_view flag, std::string_view list) {
    return parse_list<std::string>(flag, list, "a cause, or a reason behind one", "see them with: tcpblame explain",
                                   [](std::string_view entry) -> std::optional<std::string> {
                                       return is_code_of_any(entry) ? std::optional(std::string(entry)) : std::nullopt;
                                   });
}

Result<std::vector<ConnectionName>> parse_connections(std::string_view flag, std::string_view list) {
    constexpr std::size_t kLongestId = 16; // 64 bits in hex
    return parse_list<ConnectionName>(flag, list, "a connection's id or community_id, as --json has them, or HOST/ID",
                                      fmt::format("for example: {} 1c4f, or web1/1c4f", flag),
                                      [](std::string_view entry) -> std::optional<ConnectionName> {
                                          if (entry.starts_with("1:")) return ConnectionName{{}, std::string(entry)};
                                          const std::size_t slash = entry.rfind('/');
                                          const std::string_view host =
                                              slash == std::string_view::npos ? "" : entry.substr(0, slash);
                                          const std::string_view id =
                                              slash == std::string_view::npos ? entry : entry.substr(slash + 1);
                                          if (slash == 0 || id.empty() || id.size() > kLongestId ||
                                              id.find_first_not_of("0123456789abcdef") != std::string_view::npos)
                                              return std::nullopt;
                                          return ConnectionName{std::string(host), std::string(id)};
                                      });
}

Result<std::vector<std::string>> parse_cgroups(std::string_view flag, std::string_view list) {
    return parse_list<std::string>(flag, list, "a cgroup's path", fmt::format("for example: {} /system.slice", flag),
                                   [](std::string_view entry) -> std::optional<std::string> {
                                       if (entry.empty() || entry[0] != '/') return std::nullopt;
                                       const auto mount = capture::cgroup_mount();
                                       if (mount && entry.substr(0, mount->size()) == *mount)
                                           entry.remove_prefix(mount->size());
                                       return std::string(entry.empty() ? "/" : entry);
                                   });
}

Result<std::vector<std::uint32_t>> parse_netns(std::string_view flag, std::string_view list) {
    return parse_list<std::uint32_t>(flag, list, "a network namespace: a name, a path or an inode number",
                                     "see them with: ip netns list, or lsns -t net; a process's: /proc/PID/ns/net",
                                     [](std::string_view entry) -> std::optional<std::uint32_t> {
                                         if (entry.empty()) return std::nullopt;
                                         if (const auto inode = number_in<std::uint32_t>(entry)) return inode;
                                         const std::string path =
                                             (entry[0] == '/' ? "" : "/run/netns/") + std::string(entry);
                                         struct stat status {};
                                         if (stat(path.c_str(), &status) != 0) return std::nullopt;
                                         return static_cast<std::uint32_t>(status.st_ino);
                                     });
}

namespace {

/// "90", "1.5s", "5m", "2h".
std::optional<double> seconds_in(std::string_view text) {
    double unit = 1;
    switch (text.empty() ? '\0' : text.back()) {
    case 's': break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    default: return number_in<double>(text);
    }
    const auto number = number_in<double>(text.substr(0, text.size() - 1));
    return number ? std::optional(*number * unit) : std::nullopt;
}

} // namespace

Result<std::chrono::nanoseconds> parse_seconds(std::string_view flag, std::string_view text) {
    constexpr double kMostSeconds = 1e9;
    const auto seconds = seconds_in(text);
    constexpr double kLeastSeconds = 0.001;
    if (!seconds || !std::isfinite(*seconds) || *seconds < kLeastSeconds || *seconds > kMostSeconds)
        return invalid(flag, text,
                       "it takes a number of seconds above 0, to the millisecond, or of minutes or hours: 5m, 2h",
                       fmt::format("for example: {} 30", flag));
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(*seconds));
}

Result<std::uint64_t> parse_count(std::string_view flag, std::string_view text) {
    const auto count = number_in<std::uint64_t>(text);
    if (!count || *count == 0)
        return invalid(flag, text, "it takes a number above 0", fmt::format("for example: {} 1", flag));
    return *count;
}

Result<std::uint32_t> parse_rate(std::string_view flag, std::string_view text) {
    const auto rate = number_in<std::uint32_t>(text);
    if (!rate || *rate == 0)
        return invalid(flag, text, "it takes a number above 0", fmt::format("for example: {} 100", flag));
    return *rate;
}

namespace {

constexpr std::uint64_t kKibi = 1024;

std::optional<std::uint64_t> size_in(std::string_view text) {
    std::uint64_t unit = 1;
    if (!text.empty()) {
        constexpr std::string_view kUnits = "KMG";
        const std::size_t power = kUnits.find(text.back());
        if (power != std::string_view::npos) text.remove_suffix(1);
        for (std::size_t i = 0; power != std::string_view::npos && i <= power; ++i) unit *= kKibi;
    }
    const auto number = number_in<std::uint64_t>(text);
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / unit) return std::nullopt;
    return *number * unit;
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::string_view kUnits = "KMG";
    std::size_t power = 0;
    while (bytes % kKibi == 0 && bytes != 0 && power < kUnits.size()) {
        bytes /= kKibi;
        ++power;
    }
    return power == 0 ? fmt::format("{}", bytes) : fmt::format("{}{}", bytes, kUnits[power - 1]);
}

} // namespace

Result<std::uint64_t> parse_size(std::string_view flag, std::string_view text, std::uint64_t least,
                                 std::uint64_t most) {
    const auto size = size_in(text);
    if (!size || *size < least || *size > most)
        return invalid(flag, text, fmt::format("it takes a size, from {} to {}", size_text(least), size_text(most)),
                       fmt::format("for example: {} 64M", flag));
    return *size;
}

Result<std::uint64_t> parse_ring_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = 4 * kKibi;
    constexpr std::uint64_t kMost = kKibi * kKibi * kKibi;
    auto size = parse_size(flag, text, kLeast, kMost);
    if (size && !std::has_single_bit(*size))
        return invalid(flag, text, "the kernel's ring has a power of two of bytes",
                       fmt::format("for example: {} 16M", flag));
    return size;
}

namespace {

bool exists(const capture::ForcedHook& hook) {
    for (const capture::Hook& role : capture::hooks())
        for (const capture::Candidate& candidate : role.candidates)
            if (hook.role == role.name && hook.kind == candidate.kind) return true;
    return false;
}

} // namespace

Result<std::vector<capture::ForcedHook>> parse_hooks(std::string_view flag, std::string_view list) {
    return parse_list<capture::ForcedHook>(
        flag, list, "ROLE=PROGRAM, both as tcpblame doctor names them", fmt::format("{} write-failure=kprobe", flag),
        [](std::string_view entry) -> std::optional<capture::ForcedHook> {
            const std::size_t equals = std::min(entry.find('='), entry.size());
            capture::ForcedHook hook{std::string(entry.substr(0, equals)),
                                     std::string(entry.substr(std::min(equals + 1, entry.size())))};
            return exists(hook) ? std::optional(std::move(hook)) : std::nullopt;
        });
}

Result<std::uint64_t> parse_file_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = kKibi * kKibi; // a smaller one would be replaced all the time
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    return parse_size(flag, text, kLeast, kMost);
}

Result<std::uint64_t> parse_memory_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = 64 * kKibi;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    return parse_size(flag, text, kLeast, kMost);
}

Result<std::uint64_t> parse_spool_size(std::string_view flag, std::string_view text) {
    constexpr std::uint64_t kLeast = 16 * kKibi * kKibi;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    return parse_size(flag, text, kLeast, kMost);
}

Result<std::string> parse_cluster(std::string_view flag, std::string_view text) {
    constexpr std::string_view kTaken = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (!text.empty() && text.find_first_not_of(kTaken) == std::string_view::npos) return std::string(text);
    return invalid(flag, text, "a cluster is named by letters, digits and _",
                   fmt::format("for example: {} fleet", flag));
}

Result<std::uint32_t> parse_file_count(std::string_view flag, std::string_view text) {
    constexpr std::uint32_t kLeast = 2;
    constexpr std::uint32_t kMost = 1000; // each is open from the beginning
    const auto files = number_in<std::uint32_t>(text);
    if (!files || *files < kLeast || *files > kMost)
        return invalid(flag, text, fmt::format("it takes a number from {} to {}", kLeast, kMost),
                       fmt::format("for example: {} {}", flag, kDefaultFiles));
    return *files;
}

Result<ListenAddress> parse_listen_address(std::string_view flag, std::string_view text) {
    const auto wrong = [&] {
        return fail(ExitCode::kUsage, fmt::format("{} does not take '{}'", flag, text),
                    "it takes a port on this host, or an address and a port",
                    fmt::format("for example {0} 9435, {0} 10.0.0.5:9435 or {0} [::1]:9435", flag));
    };
    const std::size_t colon = text.rfind(':');
    ListenAddress address;
    const auto port = port_in(colon == std::string_view::npos ? text : text.substr(colon + 1));
    if (!port || *port == 0) return wrong();
    address.port = *port;
    if (colon == std::string_view::npos || colon == 0) return address;
    std::string_view host = text.substr(0, colon);
    const bool is_bracketed = host.front() == '[' && host.back() == ']';
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    const auto typed = address_in(host);
    if (!typed || is_bracketed != (host.find(':') != std::string_view::npos)) return wrong();
    address.host = host;
    return address;
}

Result<render::MetricNames> parse_metric_names(std::string_view flag, std::string_view text) {
    if (text == "process") return render::MetricNames::kProcess;
    if (text == "unit") return render::MetricNames::kUnit;
    if (text == "pod") return render::MetricNames::kPod;
    return invalid(flag, text, "it takes process, unit or pod", fmt::format("for example: {} unit", flag));
}

Result<model::Part> parse_part(std::string_view flag, std::string_view text) {
    if (text == "victim") return model::Part::kVictim;
    if (text == "culprit") return model::Part::kCulprit;
    if (text == "both") return model::Part::kBoth;
    return invalid(flag, text, "it takes victim, culprit or both");
}

Result<ColorChoice> parse_color(std::string_view flag, std::string_view text) {
    if (text == "auto") return ColorChoice::kAuto;
    if (text == "always") return ColorChoice::kAlways;
    if (text == "never") return ColorChoice::kNever;
    return invalid(flag, text, "it takes auto, always or never");
}

Result<Format> parse_format(std::string_view flag, std::string_view text) {
    if (text == "text") return Format::kText;
    if (text == "table") return Format::kTable;
    if (text == "jsonl" || text == "json") return Format::kJsonLines;
    if (text == "otlp") return Format::kOtlp;
    if (text == "ecs") return Format::kEcs;
    return invalid(flag, text, "it takes text, table, jsonl, otlp or ecs");
}

Result<std::vector<std::string>> parse_directories(std::string_view flag, std::string_view list) {
    return parse_list<std::string>(
        flag, list, "a directory's whole path",
        fmt::format("for example: {} /run/containerd/io.containerd.runtime.v2.task/ci", flag),
        [](std::string_view entry) -> std::optional<std::string> {
            if (entry.empty() || entry[0] != '/') return std::nullopt;
            return std::string(entry);
        });
}

Result<std::string> parse_file_name(std::string_view flag, std::string_view text) {
    if (text.empty()) return invalid(flag, text, "it takes the name of a file");
    return std::string(text);
}

Result<std::string> parse_user(std::string_view flag, std::string_view text) {
    if (text.empty()) return invalid(flag, text, "it takes a user's name or number");
    return std::string(text);
}

} // namespace tcpblame::cli
