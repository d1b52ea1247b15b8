/// ClickHouse over HTTP: what is asked of it, and what it says when it refuses.
#pragma once

#include "base/result.hpp"
#include "store/http_client.hpp"
#include "store/schema.hpp"
#include "store/url.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpblame::store {

class Engine {
public:
    /// Asks it nothing yet. Fails with kFailure.
    static Result<std::unique_ptr<Engine>> create(const Url& url, std::optional<Credentials> credentials);

    // They fail with kFailure: where no answer came, was_reached() is false then; else the engine refused.

    Result<EngineVersion> version();
    Result<void> execute(const std::string& statement);
    /// Both tables are there.
    Result<void> check_tables();
    /// A body of rows; "INSERT INTO …" is `statement`. All of them are kept, or none counts.
    Result<void> insert(const std::string& statement, std::string_view rows);
    /// The answer's bytes come when the engine has all of them.
    Result<void> select(const std::string& query, const BodySink& sink);

    [[nodiscard]] bool was_reached() const { return reached_; }
    /// By how much this host's clock is ahead of the engine's, by its last answer; nullopt where that does not say.
    [[nodiscard]] std::optional<std::chrono::seconds> clock_ahead() const { return clock_ahead_; }
    [[nodiscard]] const Url& url() const { return url_; }
    void interrupt() { client_->interrupt(); }

private:
    Engine(Url url, std::unique_ptr<HttpClient> client) : url_(std::move(url)), client_(std::move(client)) {}

    Result<std::string> ask(const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view body,
                            std::chrono::seconds patience, const BodySink& sink = {});

    Url url_;
    std::unique_ptr<HttpClient> client_;
    bool reached_ = false;
    std::optional<std::chrono::seconds> clock_ahead_;
};

/// A text as the engine's SQL has it, with quotes.
std::string quoted(std::string_view text);

} // namespace tcpblame::store
