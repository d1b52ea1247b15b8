// What to watch.
#include "cli/options/group.hpp"
#include "cli/parse_values.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tcpblame::cli {
namespace {

class Watch : public OptionGroup {
public:
    void declare(CLI::App& app) override {
        add_option(app, "-p,--pid", pids_);
        add_option(app, "-P,--port", ports_);
        add_option(app, "-L,--localport", local_ports_);
        add_option(app, "-D,--remoteport", remote_ports_);
        add_option(app, "-n,--comm", comms_);
        add_option(app, "-c,--cgroup", cgroups_);
        add_option(app, "--host", hosts_);
        add_option(app, "--netns", netns_);
        add_flag(app, "-f,--follow", follow_);
        add_option(app, "-u,--user", user_);
        add_flag(app, "-4", ipv4_);
        add_flag(app, "-6", ipv6_);
        // CLI11 takes "-4" for a number where the command at hand does not have it itself.
        for (CLI::App* command : commands_of(app)) {
            add_flag(*command, "-4", ipv4_);
            add_flag(*command, "-6", ipv6_);
        }
    }

    Result<void> take(const CLI::App& app, Options& options) const override {
        model::Selection& selection = options.selection;
        for (const auto& taken : {cli::take(app, "--pid", pids_, selection.pids, parse_pids),
                                  cli::take(app, "--port", ports_, selection.ports, parse_ports),
                                  cli::take(app, "--localport", local_ports_, selection.local_ports, parse_ports),
                                  cli::take(app, "--remoteport", remote_ports_, selection.remote_ports, parse_ports),
                                  cli::take(app, "--host", hosts_, selection.hosts, parse_hosts),
                                  cli::take(app, "--comm", comms_, selection.comms, parse_comms),
                                  cli::take(app, "--cgroup", cgroups_, selection.cgroups, parse_cgroups),
                                  cli::take(app, "--netns", netns_, selection.netns, parse_netns)})
            if (!taken) return taken;
        note_cut_names(selection.comms, options.notes);
        if (ipv4_ || ipv6_) { // both: the same as neither
            selection.ipv4 = ipv4_;
            selection.ipv6 = ipv6_;
        }
        selection.follow = follow_;
        options.user = user_;
        if (has(app, "--user") && user_.empty())
            return fail(ExitCode::kUsage, "--user does not take an empty name", "it takes a user's name or number");
        return {};
    }

private:
    /// `cut` has what is left of each.
    void note_cut_names(const std::vector<std::string>& cut, std::vector<Error>& notes) const {
        std::size_t at = 0;
        for (const std::string& name : cut) {
            const std::size_t end = std::min(comms_.find(',', at), comms_.size());
            if (end - at > name.size())
                notes.push_back({ExitCode::kOk,
                                 fmt::format("the name '{}' is taken as '{}'", comms_.substr(at, end - at), name),
                                 fmt::format("the kernel keeps {} bytes of a name", kMostCommBytes),
                                 "others that begin so are meant, too"});
            at = end + 1;
        }
    }

    std::string pids_, ports_, local_ports_, remote_ports_, hosts_, comms_, cgroups_, netns_, user_;
    bool follow_ = false, ipv4_ = false, ipv6_ = false;
};

} // namespace

std::unique_ptr<OptionGroup> watch_options() { return std::make_unique<Watch>(); }

} // namespace tcpblame::cli
