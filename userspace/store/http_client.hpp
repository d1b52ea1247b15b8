/// Asks a server over HTTP or HTTPS, and waits for the answer; another thread may end the waiting.
#pragma once

#include "base/result.hpp"
#include "store/credentials.hpp"
#include "store/url.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tcpblame::store {

struct HttpAnswer {
    int status = 0;
    std::optional<std::int64_t> date_s; ///< when the server says that it is, since the epoch
    std::string body;                   ///< what the sink has not got, up to a bound
};

/// Takes the body of a good answer as it comes.
using BodySink = std::function<void(std::string_view)>;

class HttpClient {
public:
    /// Reads what is needed for TLS: later there may be no privilege to. Fails with kFailure.
    static Result<std::unique_ptr<HttpClient>> create(const Url& url, std::optional<Credentials> credentials);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// `target`: path and query. Fails with kFailure where no answer came, or nothing moved for as long as `patience`.
    Result<HttpAnswer> post(const std::string& target, std::string_view body, std::chrono::seconds patience,
                            const BodySink& sink = {});

    /// From any thread: what waits fails at once, and so does what comes later.
    void interrupt();

private:
    struct Inside;
    explicit HttpClient(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

} // namespace tcpblame::store
