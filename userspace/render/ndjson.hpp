/// Reports a program, one JSON object a line; schema.json beside this file is the contract.
#pragma once

#include "render/json_line.hpp"
#include "render/line_clock.hpp"
#include "render/moment.hpp"
#include "render/origin.hpp"
#include "render/output.hpp"
#include "render/wording/words.hpp"

#include <cstdint>
#include <string_view>

namespace tcpblame::render {

class Ndjson : public Output {
public:
    /// Each call of the sink brings exactly one line.
    explicit Ndjson(Sink sink);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void alike(const model::AlikeVerdicts& alike) override;
    void heartbeat(const model::RunEnd& so_far) override;
    void clock_set(const model::ClockSet& set) override { clock_.set(set); }
    void end(const model::RunEnd& end) override;

private:
    void open(std::string_view type, std::uint64_t monotonic_ns, const Origin& origin, std::string_view id);
    void emit();

    Sink sink_;
    JsonLine line_;
    Words words_; ///< of one sentence
    Rfc3339 rfc3339_;
    LineClock clock_;
    Origins origins_;
};

} // namespace tcpblame::render
