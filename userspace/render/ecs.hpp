/// Reports in the Elastic Common Schema: one document a line, as Elasticsearch and what feeds it take it. What has a
/// field there is in that; the rest is below tcpblame.
#pragma once

#include "render/json_line.hpp"
#include "render/line_clock.hpp"
#include "render/moment.hpp"
#include "render/origin.hpp"
#include "render/output.hpp"
#include "render/wording/words.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

class Ecs : public Output {
public:
    /// Each call of the sink brings exactly one line.
    explicit Ecs(Sink sink);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void alike(const model::AlikeVerdicts& alike) override;
    void heartbeat(const model::RunEnd& so_far) override;
    void clock_set(const model::ClockSet& set) override { clock_.set(set); }
    void end(const model::RunEnd& end) override;

private:
    struct Document {
        std::uint64_t monotonic_ns = 0;
        std::string_view level; ///< of a log
        std::string_view message;
        const Origin* origin = nullptr;
    };

    /// Begins one.
    void open(const Document& document);
    void put_host(const Origin& origin);
    void put_event(const model::Verdict& verdict, std::string_view id);
    /// Of what is about the run itself.
    void put_event(std::string_view kind, std::string_view action, std::string_view id);
    void put_own(const model::Verdict& verdict);
    void emit();

    Sink sink_;
    JsonLine line_;
    Words words_; ///< of one sentence
    Rfc3339 rfc3339_;
    LineClock clock_;
    Origins origins_;
    std::string version_;
    std::string kernel_; ///< where it is that of all lines
};

} // namespace tcpblame::render
