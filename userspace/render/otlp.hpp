/// Reports to OpenTelemetry: a log record a line, each a whole ExportLogsServiceRequest, as OTLP/HTTP takes it and a
/// collector reads it from a file (otlpjsonfile). What has a name in the semantic conventions has that; the rest is
/// below tcpblame.
#pragma once

#include "render/json_line.hpp"
#include "render/line_clock.hpp"
#include "render/origin.hpp"
#include "render/otlp_attributes.hpp"
#include "render/output.hpp"
#include "render/wording/words.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpblame::render {

class Otlp : public Output {
public:
    /// Each call of the sink brings exactly one line.
    explicit Otlp(Sink sink);

    void start(const model::RunStart& start) override;
    void verdict(const model::Verdict& verdict) override;
    void lost(const model::LostEvents& lost) override;
    void alike(const model::AlikeVerdicts& alike) override;
    void heartbeat(const model::RunEnd& so_far) override;
    void clock_set(const model::ClockSet& set) override { clock_.set(set); }
    void end(const model::RunEnd& end) override;

private:
    enum class Severity : std::uint8_t { kInfo = 9, kWarn = 13, kError = 17 }; ///< SeverityNumber of logs.proto

    struct Record {
        std::string_view event;
        std::uint64_t monotonic_ns = 0;
        Severity severity = Severity::kInfo;
        std::string_view body;
        const Origin* origin = nullptr;
        std::string_view id; ///< of the line
    };

    /// `put` puts its attributes.
    template <typename Put>
    void emit(const Record& record, Put put);
    void put_resource(const Origin& origin);
    template <typename Put>
    void put_record(const Record& record, Put put);

    Sink sink_;
    JsonLine line_;
    Words words_; ///< of one sentence
    Words body_;
    LineClock clock_;
    Origins origins_;
    std::string version_;
    std::string kernel_; ///< where it is that of all lines
};

} // namespace tcpblame::render
