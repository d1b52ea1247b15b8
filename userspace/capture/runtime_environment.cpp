#include "capture/runtime_environment.hpp"

#include "capture/text_file.hpp"

#include <array>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace tcpblame::capture {

RuntimeEnvironment runtime_environment() {
    // Every pod has it (Kubernetes: "Accessing the API from within a Pod").
    if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return RuntimeEnvironment::kKubernetes;
    // Docker's mark, and that of podman and its like.
    if (access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0)
        return RuntimeEnvironment::kContainer;
    // systemd.exec(5). Below a session of systemd's it is there, too, but with the pid of another.
    const char* unit = std::getenv("SYSTEMD_EXEC_PID");
    if (unit != nullptr && std::to_string(getpid()) == unit) return RuntimeEnvironment::kSystemdUnit;
    return RuntimeEnvironment::kSession;
}

std::string how_to_grant(RuntimeEnvironment where) {
    switch (where) {
    case RuntimeEnvironment::kKubernetes:
        return "grant them to the container, in the pod's spec: hostPID: true, and below containers: "
               "securityContext: {runAsUser: 0, capabilities: {add: [BPF, PERFMON, SYS_PTRACE]}}";
    case RuntimeEnvironment::kContainer:
        return "start the container with: --pid host --cap-add BPF --cap-add PERFMON --cap-add SYS_PTRACE "
               "(docker run, podman run)";
    case RuntimeEnvironment::kSystemdUnit:
        return "grant them in the unit, below [Service]: AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_SYS_PTRACE";
    case RuntimeEnvironment::kSession: break;
    }
    return "run it as root (sudo tcpblame …), or grant it CAP_BPF and CAP_PERFMON";
}

std::vector<model::RunLimit> naming_limits() {
    constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC; // include/linux/proc_ns.h: PROC_PID_INIT_INO
    std::vector<model::RunLimit> limits;
    struct stat ours {};
    if (stat("/proc/self/ns/pid", &ours) != 0) return limits;
    if (ours.st_ino != kInitialPidNamespace) limits.push_back(model::RunLimit::kPidNamespace);
    std::array<char, 32> self{};
    const ssize_t length = readlink("/proc/self", self.data(), self.size());
    if (length > 0 && std::string(self.data(), static_cast<std::size_t>(length)) != std::to_string(getpid()))
        limits.push_back(model::RunLimit::kForeignProc);
    return limits;
}

std::string boot_id() {
    std::string id = read_text("/proc/sys/kernel/random/boot_id");
    if (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
}

std::string how_to_show_btf(RuntimeEnvironment where) {
    const std::string otherwise = "; else use a kernel built with CONFIG_DEBUG_INFO_BTF=y";
    switch (where) {
    case RuntimeEnvironment::kKubernetes:
        return "if the node has it, mount it into the pod: a volume with hostPath: {path: /sys/kernel/btf}, mounted at "
               "/sys/kernel/btf" +
               otherwise;
    case RuntimeEnvironment::kContainer:
        return "if the host has it, start the container with: -v /sys/kernel/btf:/sys/kernel/btf:ro" + otherwise;
    case RuntimeEnvironment::kSystemdUnit:
    case RuntimeEnvironment::kSession: break;
    }
    return "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (in a container, make /sys of the host visible)";
}

} // namespace tcpblame::capture
