#include "cli/metrics/metrics_server.hpp"

#include "base/unique_fd.hpp"
#include "cli/embedded.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tcpblame::cli {
namespace {

constexpr int kPatienceSeconds = 5;
constexpr ev_ssize_t kMostAskedBytes = 8192;

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm"); // in pages: the whole, what is resident, …
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    statm >> whole >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// All signals are for the loop: a thread starts with what its maker has blocked.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

} // namespace

struct MetricsServer::Inside {
    template <auto kFree>
    struct Free {
        template <typename Freed>
        void operator()(Freed* it) const {
            kFree(it);
        }
    };

    // In this order, so that what belongs to the base goes before it.
    std::unique_ptr<event_base, Free<event_base_free>> base{event_base_new()};
    std::unique_ptr<evhttp, Free<evhttp_free>> http{base ? evhttp_new(base.get()) : nullptr};
    UniqueFd end; ///< a byte into it ends the thread
    UniqueFd asked_to_end;
    std::unique_ptr<event, Free<event_free>> ending;
    std::thread thread;
    std::mutex mutex; ///< of the counts alone
    render::MetricCounts counts;
    double started_at = static_cast<double>(std::time(nullptr));

    std::string text() {
        render::MetricCounts copy;
        {
            const std::lock_guard<std::mutex> lock(mutex);
            copy = counts;
        }
        return render::metrics_text(copy, {.version = kVersion,
                                           .started_at = started_at,
                                           .cpu_seconds = cpu_seconds(),
                                           .resident_bytes = resident_bytes()});
    }

    bool prepare_to_end() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
        asked_to_end = UniqueFd(ends[0]);
        end = UniqueFd(ends[1]);
        ending.reset(event_new(
            base.get(), asked_to_end.get(), EV_READ,
            [](evutil_socket_t, short, void* of) { event_base_loopbreak(static_cast<event_base*>(of)); }, base.get()));
        return ending && event_add(ending.get(), nullptr) == 0;
    }
};

namespace {

void answer(evhttp_request* request, const char* type, const std::string& text) {
    evbuffer* const body = evhttp_request_get_output_buffer(request);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evbuffer_add(body, text.data(), text.size());
    evhttp_send_reply(request, HTTP_OK, nullptr, nullptr);
}

} // namespace

MetricsServer::MetricsServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(const ListenAddress& address, render::MetricNames names) {
    auto inside = std::make_unique<Inside>();
    inside->counts.names = names;
    if (!inside->http || !inside->prepare_to_end())
        return fail(ExitCode::kFailure, "cannot serve metrics", std::strerror(errno));
    evhttp* const http = inside->http.get();
    evhttp_set_timeout(http, kPatienceSeconds);
    evhttp_set_max_headers_size(http, kMostAskedBytes);
    evhttp_set_max_body_size(http, kMostAskedBytes);
    evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_cb(
        http, "/metrics",
        [](evhttp_request* request, void* of) {
            answer(request, "text/plain; version=0.0.4; charset=utf-8", static_cast<Inside*>(of)->text());
        },
        inside.get());
    evhttp_set_cb(
        http, "/healthz", [](evhttp_request* request, void*) { answer(request, "text/plain", "ok\n"); }, nullptr);
    errno = 0;
    if (evhttp_bind_socket(http, address.host.c_str(), address.port) != 0)
        return fail(ExitCode::kFailure, fmt::format("cannot listen at {}, port {}", address.host, address.port),
                    std::strerror(errno), "see who does with: ss -ltnp; or name another port");
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(inside)));
}

MetricsServer::~MetricsServer() {
    if (!inside_->thread.joinable()) return;
    constexpr char kEnd = 1;
    static_cast<void>(write(inside_->end.get(), &kEnd, sizeof(kEnd))); // into an empty pipe
    inside_->thread.join();
}

void MetricsServer::start() {
    const SignalsBlocked blocked;
    inside_->thread = std::thread([base = inside_->base.get()] { event_base_dispatch(base); });
}

void MetricsServer::count(const model::Verdict& verdict) {
    const std::lock_guard<std::mutex> lock(inside_->mutex);
    render::count(inside_->counts, verdict);
}

void MetricsServer::count_lost(std::uint64_t events) {
    const std::lock_guard<std::mutex> lock(inside_->mutex);
    inside_->counts.events_lost += events;
}

void MetricsServer::set_evicted(std::uint64_t sockets) {
    const std::lock_guard<std::mutex> lock(inside_->mutex);
    inside_->counts.evicted = sockets;
}

} // namespace tcpblame::cli
