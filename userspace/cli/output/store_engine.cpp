#include "cli/output/store_engine.hpp"

#include "cli/output/writer.hpp"
#include "store/credentials.hpp"

#include <optional>
#include <utility>

namespace tcpblame::cli {

Result<std::unique_ptr<store::Engine>> open_engine(const StoreOptions& options) {
    std::optional<store::Credentials> credentials;
    if (!options.credentials.empty()) {
        auto read = store::read_credentials(options.credentials);
        if (!read) return tl::unexpected(read.error());
        credentials = std::move(*read);
        if (!options.url->tls && !store::is_loopback(*options.url))
            print_error({ExitCode::kOk, "the password for the store is sent in the clear", "its URL is not https://",
                         "let the engine speak TLS where others share the network"});
    }
    return store::Engine::create(*options.url, std::move(credentials));
}

} // namespace tcpblame::cli
