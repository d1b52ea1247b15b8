#include "capture/container_documents.hpp"

#include <gtest/gtest.h>
#include <string>

namespace tcpblame::capture {
namespace {

using model::ContainerNames;

const std::string kId = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// An OCI bundle's config.json with these annotations.
std::string bundle(const std::string& annotations) {
    return R"({"ociVersion":"1.1.0","process":{"args":["/api"],"env":["io.kubernetes.cri.sandbox-name=no"]},)"
           R"("hostname":"api-7c9","annotations":{)" +
           annotations +
           R"(},"linux":{"cgroupsPath":"kubepods-pod1.slice:cri-containerd:x","seccomp":{"syscalls":[]}}})";
}

const std::string kOfContainerd = bundle(R"("io.kubernetes.cri.container-name":"api",
    "io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"registry:5000/shop/api:1.2",
    "io.kubernetes.cri.sandbox-id":"f00","io.kubernetes.cri.sandbox-name":"api-7c9",
    "io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-uid":"0a1b")");

std::string of_crio(const std::string& id, const std::string& more = "") {
    return bundle(more + R"("io.container.manager":"cri-o","io.kubernetes.container.name":"api",
        "io.kubernetes.cri-o.ContainerID":")" +
                  id + R"(","io.kubernetes.cri-o.ImageName":"quay.io/shop/api:1.2",
        "io.kubernetes.cri-o.Image":"abc","io.kubernetes.cri-o.Name":"k8s_api_api-7c9_shop_0a1b_0",
        "io.kubernetes.cri-o.Labels":"{\"io.kubernetes.pod.name\":\"api-7c9\"}",
        "io.kubernetes.pod.name":"api-7c9","io.kubernetes.pod.namespace":"shop","io.kubernetes.pod.uid":"0a1b")");
}

/// As Docker writes it, with Compose's labels.
std::string of_docker(const std::string& id, const std::string& labels) {
    return R"({"StreamConfig":{},"State":{"Running":true,"Pid":77},"ID":")" + id +
           R"(","Created":"2026-01-01T00:00:00Z","Managed":false,"Path":"/api","Args":[],"Config":{"Hostname":"x",)"
           R"("Image":"shop/api:1.2","Labels":{)" +
           labels + R"(}},"Image":"sha256:77","Name":"/shop-api-1","Driver":"overlay2","HostConfig":null})";
}

std::string of_podman(const std::string& id, const std::string& name) {
    return R"({"id":")" + id + R"(","names":[")" + name +
           R"(","alias"],"image":"aa95","layer":"6f1b",)"
           R"("metadata":"{\"image-name\":\"localhost/shop/web:1.2\",\"image-id\":\"aa95\",\"name\":\"other\"}",)"
           R"("created":"2026-01-01T00:00:00Z","flags":{"MountLabel":"","ProcessLabel":""}})";
}

TEST(ContainerDocuments, OfContainerdHavePodAndContainer) {
    const ContainerNames names = names_in_bundle(kOfContainerd, kId);
    EXPECT_EQ(names.name, "api");
    EXPECT_EQ(names.image, "registry:5000/shop/api:1.2");
    EXPECT_EQ(names.pod, "api-7c9");
    EXPECT_EQ(names.pod_namespace, "shop");
}

TEST(ContainerDocuments, OfASandboxHaveNoContainer) {
    const ContainerNames names = names_in_bundle(bundle(R"("io.kubernetes.cri.container-type":"sandbox",
        "io.kubernetes.cri.sandbox-name":"api-7c9","io.kubernetes.cri.sandbox-namespace":"shop")"),
                                                 kId);
    EXPECT_EQ(names, (ContainerNames{.pod = "api-7c9", .pod_namespace = "shop"}));
}

TEST(ContainerDocuments, OfNerdctlHaveANameAndComposeLabels) {
    const ContainerNames names = names_in_bundle(bundle(R"("nerdctl/name":"shop-api-1","nerdctl/namespace":"default",
        "com.docker.compose.project":"shop","com.docker.compose.service":"api")"),
                                                 kId);
    EXPECT_EQ(names, (ContainerNames{.name = "shop-api-1", .compose_project = "shop", .compose_service = "api"}));
}

TEST(ContainerDocuments, OfCrioHaveWhatTheKubeletSays) {
    const ContainerNames names = names_in_bundle(of_crio(kId), kId);
    EXPECT_EQ(names, (ContainerNames{
                         .name = "api", .image = "quay.io/shop/api:1.2", .pod = "api-7c9", .pod_namespace = "shop"}));
    EXPECT_TRUE(names_in_bundle(of_crio(std::string(64, '0')), kId).empty()) << "another's";
}

TEST(ContainerDocuments, OfCrioBelieveNoPodThatItsUserAnnotated) {
    const std::string by_user = R"("io.kubernetes.cri.sandbox-name":"kube-apiserver",
        "io.kubernetes.cri.sandbox-namespace":"kube-system","io.kubernetes.cri.container-name":"x",)";
    EXPECT_EQ(names_in_bundle(of_crio(kId, by_user), kId).pod, "api-7c9");
    EXPECT_EQ(names_in_bundle(of_crio(kId, by_user), kId).pod_namespace, "shop");
}

TEST(ContainerDocuments, OfDockerHaveImageAndLabels) {
    const ContainerNames names =
        names_in_docker_config(of_docker(kId, R"("com.docker.compose.project":"shop","com.docker.compose.service":"api",
            "app.kubernetes.io/name":"shop-api","com.example":"x")"),
                               kId);
    EXPECT_EQ(names, (ContainerNames{.name = "shop-api-1",
                                     .image = "shop/api:1.2",
                                     .compose_project = "shop",
                                     .compose_service = "api",
                                     .app = "shop-api"}));
    EXPECT_TRUE(names_in_docker_config(of_docker(kId, ""), std::string(64, '0')).empty()) << "another's";
}

TEST(ContainerDocuments, OfDockerBelowKubernetesHaveThePod) {
    const ContainerNames names = names_in_docker_config(
        of_docker(kId, R"("io.kubernetes.container.name":"api","io.kubernetes.pod.name":"api-7c9",
            "io.kubernetes.pod.namespace":"shop")"),
        kId);
    EXPECT_EQ(names,
              (ContainerNames{.name = "api", .image = "shop/api:1.2", .pod = "api-7c9", .pod_namespace = "shop"}));
}

TEST(ContainerDocuments, OfPodmanAreOneListOfAllContainers) {
    const std::string other(64, 'b');
    const std::string list =
        "[" + of_podman(other, "db") + "," + of_podman(kId, "web-1") + "," + of_podman(std::string(64, 'c'), "x") + "]";
    EXPECT_EQ(names_in_storage_list(list, kId), (ContainerNames{.name = "web-1", .image = "localhost/shop/web:1.2"}));
    EXPECT_EQ(names_in_storage_list(list, other).name, "db");
    EXPECT_TRUE(names_in_storage_list(list, std::string(64, 'd')).empty());
    EXPECT_TRUE(names_in_storage_list("[]", kId).empty());
    // Podman's own bundle says nothing of it.
    EXPECT_TRUE(
        names_in_bundle(bundle(R"("io.container.manager":"libpod","io.kubernetes.cri-o.ContainerType":"container",
        "io.kubernetes.cri-o.SandboxID":"753b","io.podman.annotations.autoremove":"FALSE")"),
                        kId)
            .empty());
}

TEST(ContainerDocuments, ThatAreCutShortSayNothing) {
    const std::string docker = of_docker(kId, R"("com.docker.compose.project":"shop")");
    const std::string list = "[" + of_podman(kId, "web-1") + "]";
    for (std::size_t length = 0; length < kOfContainerd.size(); ++length)
        ASSERT_TRUE(names_in_bundle(kOfContainerd.substr(0, length), kId).empty()) << length;
    for (std::size_t length = 0; length < docker.size(); ++length)
        ASSERT_TRUE(names_in_docker_config(docker.substr(0, length), kId).empty()) << length;
    for (std::size_t length = 0; length < list.size(); ++length)
        ASSERT_TRUE(names_in_storage_list(list.substr(0, length), kId).empty()) << length;
}

TEST(ContainerDocuments, ThatAreOfAnotherShapeSayNothing) {
    for (const char* json : {"", "null", "7", "\"annotations\"", "[]", "{}", "[[[[]]]]", "{\"annotations\":7}",
                             "{\"annotations\":[\"io.kubernetes.cri.sandbox-name\",\"x\"]}",
                             "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":{\"x\":\"y\"}}}",
                             "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":[\"x\"]}}",
                             "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":7}}",
                             "{\"linux\":{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"x\"}}}",
                             "[{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"x\"}}]",
                             "{\"ID\":\"\",\"Name\":7,\"Config\":[],\"names\":{}}", "{\"ID\":null}",
                             "[{\"id\":[],\"names\":[[\"x\"]],\"metadata\":\"[\"}]", "\xff", "{\"a\":\"\xff\"}"}) {
        EXPECT_TRUE(names_in_bundle(json, kId).empty()) << json;
        EXPECT_TRUE(names_in_docker_config(json, kId).empty()) << json;
        EXPECT_TRUE(names_in_storage_list(json, kId).empty()) << json;
    }
}

TEST(ContainerDocuments, MayBeAsDeepAsTheyLike) {
    constexpr std::size_t kDeep = 1'000'000;
    const std::string deep = std::string(kDeep, '[') + std::string(kDeep, ']');
    EXPECT_EQ(names_in_bundle(bundle(R"("x":)" + deep + R"(,"io.kubernetes.cri.sandbox-name":"api-7c9")"), kId).pod,
              "api-7c9");
    EXPECT_TRUE(names_in_storage_list(deep, kId).empty());
    EXPECT_TRUE(names_in_bundle(std::string(kDeep, '['), kId).empty());
}

TEST(ContainerDocuments, SayNothingByANameThatIsTooLong) {
    const auto pod = [](std::size_t length) {
        return names_in_bundle(bundle(R"("io.kubernetes.cri.sandbox-name":")" + std::string(length, 'x') + '"'), kId)
            .pod;
    };
    EXPECT_EQ(pod(253).size(), 253U);
    EXPECT_EQ(pod(254), "");
    EXPECT_EQ(pod(1'000'000), "");
}

TEST(ContainerDocuments, AnyBytesMayStandInAName) {
    EXPECT_EQ(names_in_bundle(bundle(R"("io.kubernetes.cri.sandbox-name":"\u001b[31m\u0000\n")"), kId).pod,
              std::string("\x1b[31m\0\n", 7));
}

} // namespace
} // namespace tcpblame::capture
