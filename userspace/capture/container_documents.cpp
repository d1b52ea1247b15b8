#include "capture/container_documents.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace tcpblame::capture {
namespace {

using model::ContainerNames;
using Json = nlohmann::json;

constexpr std::size_t kLongestName = 253; // RFC 1123, as Kubernetes has it; docker's are shorter
constexpr std::size_t kLongestImage = 512;

/// Goes through a document without keeping it, and hands over the strings near its root, each with the keys that lead
/// to it. The parser has no recursion, so that no depth is too deep.
class StringWalk : public Json::json_sax_t {
public:
    /// All of `json` was read, and it is well-formed.
    [[nodiscard]] bool run(std::string_view json) { return Json::sax_parse(json.begin(), json.end(), this); }

    bool string(string_t& text) override {
        if (depth_ <= kDeepest) on_string(text);
        return true;
    }
    bool key(string_t& name) override {
        if (depth_ <= kDeepest) path_.at(depth_ - 1) = std::move(name);
        return true;
    }
    bool start_object(std::size_t /*size*/) override { return open(); }
    bool start_array(std::size_t /*size*/) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(number_integer_t /*value*/) override { return true; }
    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return true; }
    bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception& /*error*/) override {
        return false;
    }

protected:
    virtual void on_string(std::string& text) = 0;
    virtual void on_close() {}

    [[nodiscard]] std::size_t depth() const { return depth_; }
    /// The key at a depth, from 1; of an array it is empty.
    [[nodiscard]] const std::string& key_at(std::size_t depth) const { return path_.at(depth - 1); }

private:
    static constexpr std::size_t kDeepest = 3;

    bool open() {
        if (++depth_ <= kDeepest) path_.at(depth_ - 1).clear();
        return true;
    }
    bool close() {
        on_close();
        --depth_;
        return true;
    }

    std::array<std::string, kDeepest> path_;
    std::size_t depth_ = 0;
};

struct Key {
    std::string_view key;
    std::string ContainerNames::*name;
};

// containerd: pkg/cri/annotations/annotations.go; they go in behind what a pod's user may annotate.
constexpr std::array kOfCri = {
    Key{"io.kubernetes.cri.container-name", &ContainerNames::name},
    Key{"io.kubernetes.cri.image-name", &ContainerNames::image},
    Key{"io.kubernetes.cri.sandbox-name", &ContainerNames::pod},
    Key{"io.kubernetes.cri.sandbox-namespace", &ContainerNames::pod_namespace},
};
// The kubelet's labels (pkg/kubelet/types/labels.go): annotations of CRI-O's, again behind the user's, and labels of
// docker's where Kubernetes runs that.
constexpr std::array kOfKubelet = {
    Key{"io.kubernetes.container.name", &ContainerNames::name},
    Key{"io.kubernetes.pod.name", &ContainerNames::pod},
    Key{"io.kubernetes.pod.namespace", &ContainerNames::pod_namespace},
};
// CRI-O: pkg/annotations; nerdctl: pkg/labels.
constexpr std::string_view kIdOfCrio = "io.kubernetes.cri-o.ContainerID";
constexpr std::string_view kImageOfCrio = "io.kubernetes.cri-o.ImageName";
constexpr std::string_view kNameOfNerdctl = "nerdctl/name";

void set(std::string& name, std::string& text, std::size_t longest) {
    if (text.size() <= longest) name = std::move(text);
}

/// False: it is none of these.
template <typename Keys>
bool take(ContainerNames& names, const Keys& keys, std::string_view key, std::string& text) {
    const auto found = std::find_if(keys.begin(), keys.end(), [key](const Key& one) { return one.key == key; });
    if (found == keys.end()) return false;
    set(names.*found->name, text, found->name == &ContainerNames::image ? kLongestImage : kLongestName);
    return true;
}

bool take_label(ContainerNames& names, std::string_view key, std::string& text) {
    for (const model::ContainerLabel& label : model::kContainerLabels) {
        if (label.key != key) continue;
        set(names.*label.value, text, kLongestName);
        return true;
    }
    return false;
}

class BundleWalk : public StringWalk {
public:
    ContainerNames names_of(std::string_view id) && {
        if (!id_of_crio_.empty()) {
            if (id_of_crio_ != id) return {};
            cri_ = std::move(kubelet_);
            cri_.image = std::move(image_of_crio_);
        } else if (cri_.name.empty()) {
            cri_.name = std::move(name_of_nerdctl_);
        }
        for (const model::ContainerLabel& label : model::kContainerLabels)
            cri_.*label.value = std::move(labels_.*label.value);
        return std::move(cri_);
    }

private:
    void on_string(std::string& text) override {
        if (depth() != 2 || key_at(1) != "annotations") return;
        const std::string& key = key_at(2);
        if (take(cri_, kOfCri, key, text) || take(kubelet_, kOfKubelet, key, text) || take_label(labels_, key, text))
            return;
        if (key == kIdOfCrio) set(id_of_crio_, text, kLongestName);
        if (key == kImageOfCrio) set(image_of_crio_, text, kLongestImage);
        if (key == kNameOfNerdctl) set(name_of_nerdctl_, text, kLongestName);
    }

    ContainerNames cri_;
    ContainerNames kubelet_;
    ContainerNames labels_;
    std::string id_of_crio_;
    std::string image_of_crio_;
    std::string name_of_nerdctl_;
};

/// Moby: daemon/container.Container. The name has a slash before it.
class DockerWalk : public StringWalk {
public:
    ContainerNames names_of(std::string_view id) && {
        if (id_ != id) return {};
        if (names_.name.empty() && name_.starts_with('/')) names_.name = name_.substr(1);
        return std::move(names_);
    }

private:
    void on_string(std::string& text) override {
        if (depth() == 1 && key_at(1) == "ID") set(id_, text, kLongestName);
        if (depth() == 1 && key_at(1) == "Name") set(name_, text, kLongestName);
        if (depth() == 1 || key_at(1) != "Config") return;
        if (depth() == 2 && key_at(2) == "Image") set(names_.image, text, kLongestImage);
        if (depth() == 3 && key_at(2) == "Labels" && !take(names_, kOfKubelet, key_at(3), text))
            take_label(names_, key_at(3), text);
    }

    ContainerNames names_;
    std::string id_;
    std::string name_;
};

/// The image's name in what podman has given containers/storage to keep: a document within the document.
class MetadataWalk : public StringWalk {
public:
    std::string take_image() && { return std::move(image_); }

private:
    void on_string(std::string& text) override {
        if (depth() == 1 && key_at(1) == "image-name") set(image_, text, kLongestImage);
    }

    std::string image_;
};

/// containers/storage: containers.go, Container.
class StorageWalk : public StringWalk {
public:
    explicit StorageWalk(std::string_view id) : wanted_(id) {}

    ContainerNames take_names() && {
        MetadataWalk metadata;
        if (metadata.run(metadata_)) found_.image = std::move(metadata).take_image();
        return std::move(found_);
    }

private:
    void on_string(std::string& text) override {
        if (depth() == 2 && key_at(2) == "id") is_wanted_ = text == wanted_;
        if (depth() == 2 && key_at(2) == "metadata") next_metadata_ = std::move(text);
        if (depth() == 3 && key_at(2) == "names" && key_at(3).empty() && next_.name.empty())
            set(next_.name, text, kLongestName);
    }
    void on_close() override {
        if (depth() != 2) return;
        if (std::exchange(is_wanted_, false)) {
            found_ = std::move(next_);
            metadata_ = std::move(next_metadata_);
        }
        next_ = {};
        next_metadata_.clear();
    }

    std::string_view wanted_;
    bool is_wanted_ = false;
    ContainerNames next_;
    std::string next_metadata_;
    ContainerNames found_;
    std::string metadata_;
};

} // namespace

ContainerNames names_in_bundle(std::string_view json, std::string_view id) {
    BundleWalk walk;
    return walk.run(json) ? std::move(walk).names_of(id) : ContainerNames{};
}

ContainerNames names_in_docker_config(std::string_view json, std::string_view id) {
    DockerWalk walk;
    return walk.run(json) ? std::move(walk).names_of(id) : ContainerNames{};
}

ContainerNames names_in_storage_list(std::string_view json, std::string_view id) {
    StorageWalk walk(id);
    return walk.run(json) ? std::move(walk).take_names() : ContainerNames{};
}

} // namespace tcpblame::capture
