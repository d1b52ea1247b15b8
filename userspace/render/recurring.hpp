/// Finds what comes again and again alike, as a balancer's health probe that ends by a RST: after the first few, a
/// person reads one line in ten seconds about it.
#pragma once

#include "model/verdict.hpp"
#include "render/crowds.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

namespace tcpblame::render {

class Recurring {
public:
    using SumUp = std::function<void(const Crowd&)>;

    explicit Recurring(SumUp sum_up) : sum_up_(std::move(sum_up)) {}

    /// Whether it is one more of what the reader has seen by now: then it is counted here. A death never is.
    bool absorbs(const model::Verdict& verdict);
    /// It is `now_ns` by the verdicts' clock.
    void pass(std::uint64_t now_ns);
    /// Nothing comes any more.
    void finish();

private:
    struct Series {
        std::uint64_t first_ns = 0;
        std::uint64_t latest_ns = 0;
        std::uint64_t summed_up_ns = 0; ///< until when the reader knows of it
        std::size_t shown = 0;
        Crowd rest;
    };

    void say(Series& series);

    SumUp sum_up_;
    std::unordered_map<std::string, Series> by_kind_;
    std::uint64_t now_ns_ = 0;
    std::uint64_t next_look_ns_ = 0;
};

} // namespace tcpblame::render
