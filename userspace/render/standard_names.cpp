#include "render/standard_names.hpp"

#include "model/names.hpp"

namespace tcpblame::render {

std::string_view transport_of(const model::Verdict& verdict) {
    if (verdict.connection) return "tcp";
    if (!verdict.write) return {};
    switch (verdict.write->file) {
    case model::FileKind::kTcp:
    case model::FileKind::kMptcp:
    case model::FileKind::kKtls: return "tcp";
    case model::FileKind::kPipe: return "pipe";
    case model::FileKind::kUnix: return "unix";
    case model::FileKind::kUnknown:
    case model::FileKind::kOther: break;
    }
    return {};
}

std::string error_name_of(const model::Verdict& verdict) {
    // A SIGPIPE that a process sent has nothing to do with any write.
    if (!verdict.write || verdict.write->error <= 0 || verdict.cause == model::Cause::kSentByProcess) return {};
    return std::string(model::errno_name(verdict.write->error));
}

std::string error_type_of(const model::Verdict& verdict) {
    std::string name = error_name_of(verdict);
    if (!name.empty() || verdict.cause == model::Cause::kOrderly) return name;
    return std::string(model::code_of(verdict.cause));
}

} // namespace tcpblame::render
