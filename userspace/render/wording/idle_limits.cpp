#include "render/wording/idle_limits.hpp"

#include <algorithm>

namespace tcpblame::render {
namespace {

/// As they are where nobody has set them.
struct KnownLimit {
    std::uint64_t seconds;
    std::string_view whose;
};

constexpr KnownLimit kKnownLimits[] = {
    {2, "gunicorn's keepalive"},                                     // gunicorn/config.py: class Keepalive
    {5, "Node.js's server.keepAliveTimeout"},                        // nodejs.org/api/http.html
    {5, "Apache httpd's KeepAliveTimeout"},                          // httpd.apache.org/docs/2.4/mod/core.html
    {5, "uvicorn's --timeout-keep-alive"},                           // uvicorn.org/settings
    {6, "Node.js's server.keepAliveTimeout with its buffer of 1 s"}, // nodejs/node e79c93a5d0
    {60, "an AWS ALB's idle timeout"},                  // Application Load Balancers: idle_timeout.timeout_seconds
    {60, "nginx's keepalive_timeout to upstreams"},     // ngx_http_upstream_module
    {75, "nginx's keepalive_timeout"},                  // ngx_http_core_module
    {90, "Go's http.DefaultTransport.IdleConnTimeout"}, // pkg.go.dev/net/http
    {130, "ASP.NET Core Kestrel's KeepAliveTimeout"},   // KestrelServerLimits
    {240, "an Azure load balancer's idle timeout"},     // Azure Load Balancer: TCP idle timeout, 4 minutes
    {350,
     "an AWS NLB's or NAT gateway's idle timeout"},  // Network Load Balancers, NAT gateways: connection idle timeout
    {600, "Google Cloud VPC's connection tracking"}, // Compute Engine, troubleshooting: idle connections
    {900, "IPVS's, for TCP"},                        // net/netfilter/ipvs/ip_vs_proto_tcp.c: tcp_timeouts, ESTABLISHED
    {1200, "Google Cloud NAT's, for TCP"},           // tcp-established-idle-timeout
    {3600, "Envoy's HTTP idle_timeout"},             // envoy: HttpProtocolOptions.idle_timeout, 1 hour
    {7200, "Linux's tcp_keepalive_time"},            // Documentation/networking/ip-sysctl.rst
    {28800, "MySQL's wait_timeout"},                 // MySQL server system variables
};

constexpr std::uint64_t kSecondInNs = 1'000'000'000;

/// Just above it: as late as a timer may be, and short of it by a jiffy at most.
bool is_at(std::uint64_t idle_ns, const KnownLimit& limit) {
    constexpr std::uint64_t kJiffyNs = 10'000'000;
    const std::uint64_t limit_ns = limit.seconds * kSecondInNs;
    const std::uint64_t late_ns = std::clamp(limit_ns / 20, kSecondInNs / 4, 2 * kSecondInNs);
    return idle_ns + kJiffyNs >= limit_ns && idle_ns <= limit_ns + late_ns;
}

} // namespace

void add_known_limits(Words& words, std::uint64_t idle_ns) {
    std::string_view between;
    for (const KnownLimit& limit : kKnownLimits) {
        if (!is_at(idle_ns, limit)) continue;
        if (between.empty()) words.add("; ", limit.seconds, " s is ");
        words.add(between, limit.whose);
        between = ", ";
    }
}

} // namespace tcpblame::render
