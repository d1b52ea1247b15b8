#include "store/engine.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace tcpblame::store {
namespace {

constexpr std::chrono::seconds kShort(10);
constexpr std::chrono::seconds kLong(300);

std::string escaped(std::string_view text) {
    std::string escaped;
    for (const char letter : text) {
        const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                              (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
        escaped += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
    return escaped;
}

/// "Code: 60, e.displayText() = DB::Exception: Table … doesn't exist., e.what() = DB::Exception": what is in the
/// middle.
std::string words_of(std::string_view said) {
    constexpr std::string_view kBefore = "DB::Exception: ";
    if (const std::size_t at = said.find(kBefore); at != std::string_view::npos)
        said.remove_prefix(at + kBefore.size());
    said = said.substr(0, said.find(", e.what()"));
    said = said.substr(0, said.find('\n'));
    while (!said.empty() && (said.back() == '.' || said.back() == ' ')) said.remove_suffix(1);
    constexpr std::size_t kLongEnough = 300;
    return std::string(said.substr(0, kLongEnough));
}

bool has_code(std::string_view said, std::string_view code) {
    const std::size_t at = said.find(fmt::format("Code: {}", code));
    if (at == std::string_view::npos) return false;
    const std::size_t end = at + code.size() + std::string_view("Code: ").size();
    return end == said.size() || said[end] < '0' || said[end] > '9';
}

Error refusal(const Url& url, const HttpAnswer& answer) {
    constexpr int kUnauthorized = 401;
    constexpr int kForbidden = 403;
    Error error{ExitCode::kFailure, fmt::format("the store at {} refuses", to_string(url)), words_of(answer.body), ""};
    if (error.why.empty()) error.why = fmt::format("it answers with HTTP status {}", answer.status);
    if (answer.status == kUnauthorized || answer.status == kForbidden || has_code(answer.body, "192") ||
        has_code(answer.body, "193"))
        error.todo = "name a file with USER:PASSWORD by --store-credentials";
    else if (has_code(answer.body, "60") || has_code(answer.body, "81"))
        error.todo = fmt::format("make its tables: tcpblame store init {}", to_string(url));
    return error;
}

} // namespace

std::string quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') quoted += '\\';
        quoted += letter;
    }
    return quoted + '\'';
}

Result<std::unique_ptr<Engine>> Engine::create(const Url& url, std::optional<Credentials> credentials) {
    auto client = HttpClient::create(url, std::move(credentials));
    if (!client) return tl::unexpected(client.error());
    return std::unique_ptr<Engine>(new Engine(url, std::move(*client)));
}

Result<std::string> Engine::ask(const std::vector<std::pair<std::string, std::string>>& parameters,
                                std::string_view body, std::chrono::seconds patience, const BodySink& sink) {
    std::string target = "/?" + url_.settings;
    for (const auto& [name, value] : parameters)
        target += fmt::format("{}{}={}", target.back() == '?' ? "" : "&", name, escaped(value));
    auto answer = client_->post(target, body, patience, sink);
    constexpr int kOk = 200;
    reached_ = answer.has_value();
    if (!answer) return tl::unexpected(answer.error());
    using namespace std::chrono;
    if (answer->date_s)
        clock_ahead_ = duration_cast<seconds>(system_clock::now().time_since_epoch()) - seconds(*answer->date_s);
    if (answer->status != kOk) return tl::unexpected(refusal(url_, *answer));
    return std::move(answer->body);
}

Result<EngineVersion> Engine::version() {
    const auto said = ask({}, "SELECT version()", kShort);
    if (!said) return tl::unexpected(said.error());
    auto version = parse_version(said->substr(0, said->find('\n')));
    if (version) return version;
    return fail(ExitCode::kFailure, fmt::format("{} is no ClickHouse", to_string(url_)), "it does not say its version",
                "name its HTTP port: 8123, as it comes");
}

Result<void> Engine::execute(const std::string& statement) {
    const auto said = ask({}, statement, kLong);
    if (!said) return tl::unexpected(said.error());
    return {};
}

Result<void> Engine::check_tables() {
    for (const std::string_view table : {"frames", "verdicts"}) {
        const auto said = ask({{"database", url_.database}}, fmt::format("SELECT * FROM {} LIMIT 0", table), kShort);
        if (!said) return tl::unexpected(said.error());
    }
    return {};
}

Result<void> Engine::insert(const std::string& statement, std::string_view rows) {
    // By default a Distributed table says yes before the other server has them.
    const auto said =
        ask({{"database", url_.database}, {"insert_distributed_sync", "1"}, {"query", statement}}, rows, kShort);
    if (!said) return tl::unexpected(said.error());
    return {};
}

Result<void> Engine::select(const std::string& query, const BodySink& sink) {
    // With the status last: else a failure in the middle would be among the rows.
    constexpr std::string_view kBuffered = "1048576";
    const auto said =
        ask({{"database", url_.database}, {"wait_end_of_query", "1"}, {"buffer_size", std::string(kBuffered)}}, query,
            kLong, sink);
    if (!said) return tl::unexpected(said.error());
    return {};
}

} // namespace tcpblame::store
