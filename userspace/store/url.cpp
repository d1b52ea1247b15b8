#include "store/url.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace tcpblame::store {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

tl::unexpected<Error> invalid(std::string_view text, std::string why) {
    return fail(ExitCode::kUsage, fmt::format("invalid store '{}'", text), std::move(why),
                "for example: http://127.0.0.1:8123/tcpblame");
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_';
    });
}

/// Nothing that would end a request's line, or begin another header.
bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char letter) { return letter > ' ' && letter < '\x7f'; });
}

/// "HOST", "HOST:PORT", "[::1]:PORT"
bool take_authority(std::string_view authority, Url& url) {
    const bool in_brackets = !authority.empty() && authority.front() == '[';
    const std::size_t end = in_brackets ? authority.find(']') : std::min(authority.find(':'), authority.size());
    if (end == std::string_view::npos) return false;
    url.host = in_brackets ? authority.substr(1, end - 1) : authority.substr(0, end);
    std::string_view rest = authority.substr(in_brackets ? end + 1 : end);
    if (url.host.empty()) return false;
    if (rest.empty()) return true;
    if (rest.front() != ':') return false;
    const auto number = port_of(rest.substr(1));
    url.port = number.value_or(0);
    return number.has_value();
}

} // namespace

Result<Url> parse_url(std::string_view text) {
    Url url;
    url.tls = text.substr(0, kHttps.size()) == kHttps;
    if (!url.tls && text.substr(0, kHttp.size()) != kHttp)
        return invalid(text, "it takes http://HOST:PORT/DATABASE, or https://");
    std::string_view rest = text.substr(url.tls ? kHttps.size() : kHttp.size());
    if (!is_printable(rest)) return invalid("", "it has a space, or what is no ASCII");
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        url.settings = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos)
        return fail(ExitCode::kUsage, "a user or a password is in the store's URL",
                    "every process of the host can read a command line",
                    "write USER:PASSWORD into a file of mode 0600, and name it by --store-credentials");
    url.port = url.tls ? kDefaultTlsPort : kDefaultPort;
    if (!take_authority(authority, url)) return invalid(text, "its host or port is not understood");
    url.database = slash < rest.size() ? rest.substr(slash + 1) : std::string_view();
    if (!is_name(url.database)) return invalid(text, "a database is named by letters, digits and _");
    return url;
}

std::string to_string(const Url& url) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}{}:{}/{}", url.tls ? kHttps : kHttp, is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "",
                       url.port, url.database);
}

bool is_loopback(const Url& url) {
    return url.host == "localhost" || url.host == "::1" || url.host.substr(0, 4) == "127.";
}

} // namespace tcpblame::store
