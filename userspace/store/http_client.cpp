#include "store/http_client.hpp"

#include "base/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tcpblame::store {
namespace {

/// RFC 9110, 6.6.1: "Sun, 29 Nov 2026 10:37:06 GMT"
std::optional<std::int64_t> date_of(evhttp_request* request) {
    const char* said = evhttp_find_header(evhttp_request_get_input_headers(request), "Date");
    std::tm date{};
    if (said == nullptr || strptime(said, "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return std::nullopt;
    return timegm(&date);
}

/// Enough for what an engine has to say of an error.
constexpr std::size_t kMostKeptBytes = std::size_t{64} * 1024;

std::string base64_of(const std::string& text) {
    constexpr std::size_t kIn = 3;
    constexpr std::size_t kOut = 4;
    std::string encoded((text.size() + kIn - 1) / kIn * kOut + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(size));
    return encoded;
}

std::string tls_error() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    return text.data();
}

/// One request under way.
struct Exchange {
    event_base* base = nullptr;
    const BodySink* sink = nullptr;
    HttpAnswer answer;
    bool done = false;
    std::optional<evhttp_request_error> failure;

    void take(evhttp_request* request) {
        evbuffer* const from = evhttp_request_get_input_buffer(request);
        const std::size_t size = evbuffer_get_length(from);
        if (size == 0) return;
        const std::string_view bytes(reinterpret_cast<const char*>(evbuffer_pullup(from, -1)), size);
        if (*sink && evhttp_request_get_response_code(request) == HTTP_OK)
            (*sink)(bytes);
        else
            answer.body += bytes.substr(0, kMostKeptBytes - std::min(kMostKeptBytes, answer.body.size()));
        evbuffer_drain(from, size);
    }
};

void on_chunk(evhttp_request* request, void* of) { static_cast<Exchange*>(of)->take(request); }

void on_failure(evhttp_request_error failure, void* of) { static_cast<Exchange*>(of)->failure = failure; }

void on_end(evhttp_request* request, void* of) {
    auto& exchange = *static_cast<Exchange*>(of);
    exchange.done = true;
    if (request != nullptr) {
        exchange.answer.status = evhttp_request_get_response_code(request);
        exchange.answer.date_s = date_of(request);
        exchange.take(request);
    }
    event_base_loopbreak(exchange.base);
}

struct FreeAddresses {
    void operator()(addrinfo* them) const { freeaddrinfo(them); }
};

/// Why no connection is to be had: libevent does not keep it. Empty: one is.
std::string why_unconnected(const Url& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
    if (error != 0) return gai_strerror(error);
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    std::string why;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        const UniqueFd tried(socket(each->ai_family, each->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (connect(tried.get(), each->ai_addr, each->ai_addrlen) == 0) return {};
        int failed = errno;
        if (failed == EINPROGRESS) {
            constexpr int kPatienceMs = 1000;
            pollfd ready{tried.get(), POLLOUT, 0};
            socklen_t size = sizeof(failed);
            failed = ETIMEDOUT;
            if (poll(&ready, 1, kPatienceMs) > 0) getsockopt(tried.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
        }
        if (failed == 0) return {};
        why = std::strerror(failed);
    }
    return why;
}

std::string words_of(const Exchange& exchange, const Url& url, long verified) {
    if (verified != X509_V_OK)
        return fmt::format("its certificate is not trusted: {}", X509_verify_cert_error_string(verified));
    if (std::string why = why_unconnected(url); !why.empty()) return why;
    if (exchange.failure == EVREQ_HTTP_TIMEOUT) return "it did not answer in time";
    if (exchange.failure == EVREQ_HTTP_EOF) return "it closed the connection before it had answered";
    if (exchange.failure == EVREQ_HTTP_INVALID_HEADER) return "its answer is no HTTP";
    return "no connection";
}

} // namespace

struct HttpClient::Inside {
    template <auto kFree>
    struct Free {
        template <typename Freed>
        void operator()(Freed* it) const {
            kFree(it);
        }
    };
    using Connection = std::unique_ptr<evhttp_connection, Free<evhttp_connection_free>>;

    Url url;
    std::string authorization; ///< the header; empty: none
    std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> tls;
    // In this order, so that what belongs to the base goes before it.
    std::unique_ptr<event_base, Free<event_base_free>> base{event_base_new()};
    UniqueFd interrupt; ///< a byte into it ends the waiting
    UniqueFd interrupted;
    std::unique_ptr<event, Free<event_free>> interruption;

    bool prepare_interruption() {
        std::array<int, 2> ends{};
        if (!base || pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
        interrupted = UniqueFd(ends[0]);
        interrupt = UniqueFd(ends[1]);
        interruption.reset(event_new(
            base.get(), interrupted.get(), EV_READ | EV_PERSIST,
            [](evutil_socket_t, short, void* of) { event_base_loopbreak(static_cast<event_base*>(of)); }, base.get()));
        return interruption && event_add(interruption.get(), nullptr) == 0;
    }

    Result<void> prepare_tls() {
        if (!url.tls) return {};
        tls.reset(SSL_CTX_new(TLS_client_method()));
        if (!tls || SSL_CTX_set_min_proto_version(tls.get(), TLS1_2_VERSION) != 1 ||
            SSL_CTX_set_default_verify_paths(tls.get()) != 1)
            return fail(ExitCode::kFailure, "TLS cannot be prepared", tls_error());
        SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
        return {};
    }

    /// nullptr: what the connection makes itself will do.
    [[nodiscard]] bufferevent* make_stream(SSL*& session) const {
        if (!tls) return nullptr;
        session = SSL_new(tls.get());
        if (session == nullptr) return nullptr;
        SSL_set_tlsext_host_name(session, url.host.c_str());
        X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
        if (X509_VERIFY_PARAM_set1_ip_asc(wanted, url.host.c_str()) != 1)
            X509_VERIFY_PARAM_set1_host(wanted, url.host.c_str(), 0);
        bufferevent* const stream = bufferevent_openssl_socket_new(base.get(), -1, session, BUFFEREVENT_SSL_CONNECTING,
                                                                   BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
        if (stream != nullptr) bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
        return stream;
    }

    void add_headers(evhttp_request* request) const {
        evkeyvalq* const headers = evhttp_request_get_output_headers(request);
        const bool is_ipv6 = url.host.find(':') != std::string::npos;
        evhttp_add_header(headers, "Host",
                          fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "", url.port).c_str());
        evhttp_add_header(headers, "Connection", "close");
        evhttp_add_header(headers, "Content-Type", "application/octet-stream");
        if (!authorization.empty()) evhttp_add_header(headers, "Authorization", authorization.c_str());
    }
};

HttpClient::HttpClient(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(const Url& url, std::optional<Credentials> credentials) {
    auto inside = std::make_unique<Inside>();
    inside->url = url;
    if (credentials) inside->authorization = "Basic " + base64_of(credentials->user + ":" + credentials->password);
    if (!inside->prepare_interruption())
        return fail(ExitCode::kFailure, "HTTP cannot be prepared", std::strerror(errno));
    if (auto prepared = inside->prepare_tls(); !prepared) return tl::unexpected(prepared.error());
    return std::unique_ptr<HttpClient>(new HttpClient(std::move(inside)));
}

Result<HttpAnswer> HttpClient::post(const std::string& target, std::string_view body, std::chrono::seconds patience,
                                    const BodySink& sink) {
    const Url& url = inside_->url;
    const auto unreachable = [&](std::string why) {
        return fail(ExitCode::kFailure, fmt::format("the store at {} cannot be reached", to_string(url)),
                    std::move(why), "is it there? curl it; name another by --store");
    };
    SSL* session = nullptr;
    bufferevent* const stream = inside_->make_stream(session);
    if (inside_->tls && stream == nullptr) return unreachable(tls_error());
    const Inside::Connection connection(
        evhttp_connection_base_bufferevent_new(inside_->base.get(), nullptr, stream, url.host.c_str(), url.port));
    if (!connection) return unreachable("no memory");
    evhttp_connection_set_timeout(connection.get(), static_cast<int>(patience.count()));
    Exchange exchange{.base = inside_->base.get(), .sink = &sink, .answer = {}, .failure = {}};
    evhttp_request* const request = evhttp_request_new(on_end, &exchange);
    if (request == nullptr) return unreachable("no memory");
    evhttp_request_set_chunked_cb(request, on_chunk);
    evhttp_request_set_error_cb(request, on_failure);
    inside_->add_headers(request);
    evbuffer_add_reference(evhttp_request_get_output_buffer(request), body.data(), body.size(), nullptr, nullptr);
    if (evhttp_make_request(connection.get(), request, EVHTTP_REQ_POST, target.c_str()) != 0)
        return unreachable("no connection");
    // Where its name is not known, that is said at once.
    if (!exchange.done) event_base_dispatch(inside_->base.get());
    if (!exchange.done) {
        evhttp_cancel_request(request);
        return unreachable("it was asked to end");
    }
    const long verified =
        session != nullptr && exchange.answer.status == 0 ? SSL_get_verify_result(session) : X509_V_OK;
    if (exchange.answer.status == 0) return unreachable(words_of(exchange, url, verified));
    return std::move(exchange.answer);
}

void HttpClient::interrupt() {
    constexpr char kEnd = 1;
    static_cast<void>(write(inside_->interrupt.get(), &kEnd, sizeof(kEnd))); // full: it was asked already
}

} // namespace tcpblame::store
