#include "model/container.hpp"

#include <gtest/gtest.h>

namespace tcpblame::model {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// "runtime/id"; empty where the path names no container.
std::string container(const std::string& cgroup) {
    const auto found = container_of(cgroup);
    return found ? std::string{found->runtime} + "/" + std::string{found->id} : std::string{};
}

TEST(Container, IsNamedByItsScope) {
    EXPECT_EQ(container("/system.slice/docker-" + kId + ".scope"), "docker/" + kId);
    EXPECT_EQ(container("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" +
                        kId + ".scope"),
              "containerd/" + kId);
    EXPECT_EQ(container("/kubepods.slice/kubepods-pod1_2.slice/crio-" + kId + ".scope/container"), "cri-o/" + kId);
    EXPECT_EQ(container("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"),
              "podman/" + kId);
    EXPECT_EQ(container("/system.slice/web.service/libpod-payload-" + kId), "podman/" + kId);
    EXPECT_EQ(container("/system.slice/nerdctl-" + kId + ".scope"), "containerd/" + kId);
}

TEST(Container, IsNamedByADirectoryUnderTheCgroupfsDriver) {
    EXPECT_EQ(container("/docker/" + kId), "docker/" + kId);
    EXPECT_EQ(container("/libpod_parent/libpod-" + kId), "podman/" + kId);
    EXPECT_EQ(container("/lxc.payload.web-1/init.scope"), "lxc/web-1");
}

TEST(Container, HasNoRuntimeWhereThePathNamesNone) {
    EXPECT_EQ(container("/kubepods/besteffort/pod1b2c-3d/" + kId), "/" + kId);
    EXPECT_EQ(container("/ecs/task/" + kId), "/" + kId);
}

TEST(Container, IsFoundBehindAMistakenDriver) {
    EXPECT_EQ(container("/system.slice/containerd.service/kubepods-besteffort-pod1.slice:cri-containerd:" + kId),
              "containerd/" + kId);
}

TEST(Container, IsTheInnermostOfSeveral) {
    const std::string inner(64, 'a');
    EXPECT_EQ(container("/docker/" + kId + "/docker/" + inner + "/init"), "docker/" + inner);
}

TEST(Container, IsNotMadeOfAnythingElse) {
    for (const std::string path :
         {"", "/", "//", "/system.slice/docker.service", "/system.slice/docker-.scope", "/docker/buildkit",
          "/machine.slice/libpod-conmon-0123456789abcdef.scope", "/docker-0123456789ABCDEF.scope", "docker",
          "/lxc.payload.", "/:::", "/x:docker:", "/docker-x0123456789abcdef.scope", "/../.."})
        EXPECT_EQ(container(path), "") << path;
    EXPECT_EQ(container("/" + kId + "0"), "");
    EXPECT_EQ(container("/" + kId.substr(1)), "");
}

TEST(Unit, IsTheInnermostThatIsNoSlice) {
    EXPECT_EQ(unit_of("/system.slice/nginx.service"), "nginx.service");
    EXPECT_EQ(unit_of("/system.slice/nginx.service/worker-1"), "nginx.service");
    EXPECT_EQ(unit_of("/user.slice/user-1000.slice/user@1000.service/app.slice/editor.scope"), "editor.scope");
    EXPECT_EQ(unit_of("/user.slice/user-1000.slice/session-3.scope"), "session-3.scope");
    EXPECT_EQ(unit_of("init.scope"), "init.scope");
    for (const char* path : {"", "/", "/user.slice", "/.service", "/docker"}) EXPECT_EQ(unit_of(path), "") << path;
}

TEST(Unit, IsNoContainersOwnScope) {
    EXPECT_EQ(unit_of("/system.slice/docker-" + kId + ".scope"), "");
    EXPECT_EQ(unit_of("/system.slice/web.service/libpod-payload-" + kId), "web.service");
    EXPECT_EQ(unit_of("/system.slice/docker-" + kId + ".scope/system.slice/nginx.service"), "nginx.service");
}

TEST(PodOf, IsKnownByItsUidWhicheverDriverMadeTheCgroup) {
    const std::string uid = "0a1b2c3d-0000-1111-2222-333344445555";
    EXPECT_EQ(pod_uid_of("/kubepods/besteffort/pod" + uid + "/" + std::string(64, 'a')), uid);
    EXPECT_EQ(pod_uid_of("/kubepods.slice/kubepods-burstable.slice/"
                         "kubepods-burstable-pod0a1b2c3d_0000_1111_2222_333344445555.slice/crio-abcdefabcdef.scope"),
              uid);
    for (const char* none : {"", "/", "/system.slice/podman.service", "/kubepods/pod1/x",
                             "/x/ipod"
                             "0a1b2c3d-0000-1111-2222-333344445555"})
        EXPECT_EQ(pod_uid_of(none), "") << none;
}

} // namespace
} // namespace tcpblame::model
