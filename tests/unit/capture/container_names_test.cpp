#include "capture/container_names.hpp"

#include "capture/programs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tcpblame::capture {
namespace {

constexpr std::uint64_t kMoment = 1'000'000'000'000;
constexpr std::uint64_t kMinute = 60'000'000'000;
const std::string kSomeId(64, 'a');
const std::string kContainerd = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/";

std::string bundle_of(const std::string& pod) {
    return R"({"annotations":{"io.kubernetes.cri.sandbox-name":")" + pod + R"("}})";
}

class ContainerNamesTest : public testing::Test {
protected:
    void put(const std::string& path, const std::string& text) {
        const std::string whole = host / path;
        std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
        write_file(whole, text);
    }
    void put_bundle(const std::string& folder, const std::string& pod) { put(folder + "/config.json", bundle_of(pod)); }
    std::string pod_of(const std::string& cgroup, std::uint64_t now = kMoment) { return names.of(cgroup, now).pod; }

    TemporaryFolder host;
    ContainerNamesCache names{{}, host.path()};
};

TEST_F(ContainerNamesTest, AreFoundWhereEachRuntimeKeepsThem) {
    const auto id = [](char digit) { return std::string(64, digit); };
    put_bundle(kContainerd + id('1'), "of-containerd");
    put_bundle("/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" + id('2'), "of-k3s");
    put("/run/containerd/io.containerd.runtime.v2.task/default/" + id('3') + "/config.json",
        R"({"annotations":{"nerdctl/name":"of-nerdctl"}})");
    put("/run/containers/storage/overlay-containers/" + id('4') + "/userdata/config.json",
        R"({"annotations":{"io.kubernetes.cri-o.ContainerID":")" + id('4') +
            R"(","io.kubernetes.pod.name":"of-crio"}})");
    put("/var/lib/docker/containers/" + id('5') + "/config.v2.json",
        R"({"ID":")" + id('5') + R"(","Name":"/of-docker"})");
    put("/var/lib/containers/storage/overlay-containers/volatile-containers.json",
        R"([{"id":")" + id('6') + R"(","names":["of-podman"]}])");
    EXPECT_EQ(pod_of("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id('1') + ".scope"), "of-containerd");
    EXPECT_EQ(pod_of("/kubepods/burstable/pod1/" + id('1')), "of-containerd") << "by the cgroupfs driver";
    EXPECT_EQ(pod_of("/kubepods/pod2/" + id('2')), "of-k3s");
    EXPECT_EQ(names.of("/system.slice/nerdctl-" + id('3') + ".scope", kMoment).name, "of-nerdctl");
    EXPECT_EQ(pod_of("/kubepods.slice/crio-" + id('4') + ".scope/container"), "of-crio");
    EXPECT_EQ(names.of("/system.slice/docker-" + id('5') + ".scope", kMoment).name, "of-docker");
    EXPECT_EQ(names.of("/docker/" + id('5'), kMoment).name, "of-docker");
    EXPECT_EQ(names.of("/kubepods/pod5/" + id('5'), kMoment).name, "of-docker") << "below Kubernetes";
    EXPECT_EQ(names.of("/machine.slice/libpod-" + id('6') + ".scope/container", kMoment).name, "of-podman");
}

TEST_F(ContainerNamesTest, AreNoneOfWhatIsNoContainer) {
    put_bundle(kContainerd + "web", "x");
    for (const char* cgroup : {"", "/", "/system.slice/nginx.service", "/lxc.payload.web", "/kubepods/../etc"})
        EXPECT_TRUE(names.of(cgroup, kMoment).empty()) << cgroup;
    EXPECT_TRUE(names.of("/docker/" + kSomeId, kMoment).empty()) << "nobody has written anything";
}

TEST_F(ContainerNamesTest, AreNotLookedForInTheFilesOfAnotherRuntime) {
    put_bundle(kContainerd + kSomeId, "of-containerd");
    EXPECT_EQ(pod_of("/system.slice/docker-" + kSomeId + ".scope"), "");
    EXPECT_EQ(pod_of("/machine.slice/libpod-" + kSomeId + ".scope"), "");
}

TEST_F(ContainerNamesTest, OfACgroupThatItsUserMadeAreNotThoseOfAnothersContainer) {
    put_bundle(kContainerd + kSomeId, "victim");
    const std::string scope = "/cri-containerd-" + kSomeId + ".scope";
    EXPECT_EQ(pod_of("/kubepods.slice" + scope), "victim");
    EXPECT_EQ(pod_of("/user.slice/user-1000.slice/user@1000.service/app.slice" + scope), "");
    EXPECT_EQ(pod_of("/../../user.slice/user-1000.slice/user@1000.service" + scope), "");
    EXPECT_EQ(pod_of("/docker/" + std::string(64, 'b') + scope), "") << "within a container";
}

TEST_F(ContainerNamesTest, MayBeInADirectoryOfItsOwn) {
    put("/ci/" + kSomeId + "/config.json", bundle_of("of-ci"));
    put("/more/" + std::string(64, 'b') + "/config.json", bundle_of("of-more"));
    ContainerNamesCache cache({"/ci", "/more"}, host.path());
    EXPECT_EQ(cache.of("/docker/" + kSomeId, kMoment).pod, "of-ci");
    EXPECT_EQ(cache.of("/more/" + std::string(64, 'b'), kMoment).pod, "of-more");
}

TEST_F(ContainerNamesTest, AreReadAgainAfterAWhile) {
    const std::string cgroup = "/kubepods/pod1/" + kSomeId;
    EXPECT_EQ(pod_of(cgroup), "");
    put_bundle(kContainerd + kSomeId, "first");
    EXPECT_EQ(pod_of(cgroup, kMoment + 1), "");
    EXPECT_EQ(pod_of(cgroup, kMoment + kMinute), "first");
    put_bundle(kContainerd + kSomeId, "second");
    EXPECT_EQ(pod_of(cgroup, kMoment + kMinute + 1), "first");
    EXPECT_EQ(pod_of(cgroup, kMoment + 2 * kMinute), "second");
}

TEST_F(ContainerNamesTest, AreNotReadFromWhatIsNoFileOrHasNoEnd) {
    const std::string cgroup = "/kubepods/pod1/";
    const auto id = [](char digit) { return std::string(64, digit); };
    const auto folder = [&](char digit) { return host / (kContainerd + id(digit)); };
    for (const char digit : {'1', '2', '3', '4'}) std::filesystem::create_directories(folder(digit));
    ASSERT_EQ(mkfifo((folder('1') + "/config.json").c_str(), 0600), 0);
    write_file(folder('2') + "/config.json", bundle_of("huge") + std::string(5 << 20, ' '));
    write_file(host / "secret", bundle_of("secret"));
    std::filesystem::create_symlink(host / "secret", folder('3') + "/config.json");
    for (const char digit : {'1', '2', '3', '4'}) EXPECT_EQ(pod_of(cgroup + id(digit)), "") << digit;
}

TEST_F(ContainerNamesTest, OfManyContainersSomeAreForgotten) {
    put_bundle(kContainerd + kSomeId, "first");
    EXPECT_EQ(pod_of("/kubepods/pod1/" + kSomeId), "first");
    std::filesystem::remove_all(host / "/run");
    for (int i = 0; i < 5000; ++i) EXPECT_EQ(pod_of("/kubepods/pod" + std::to_string(i) + "/x"), "");
    EXPECT_EQ(pod_of("/kubepods/pod1/" + kSomeId), "") << "asked anew";
}

} // namespace
} // namespace tcpblame::capture
