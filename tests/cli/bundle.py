"""Lays out a container below / as its runtime does, and prints where its OCI bundle is, for runc or crun.

    bundle.py RUNTIME ID CGROUP CONTAINER POD PROGRAM…

RUNTIME is containerd, crio, podman, docker or one of no place of its own: a folder. Without a POD (-) it is in none. The
container has this system's /usr and the folder of PROGRAM, its own processes and cgroup, and the network of whoever starts it.
"""

import json
import os
import sys
from pathlib import Path

NAMESPACE = "shop"
IMAGE = "registry.example:5000/shop/shop-image:1.2"
BUNDLES = {
    "containerd": "/run/containerd/io.containerd.runtime.v2.task/k8s.io/{id}",
    "crio": "/run/containers/storage/overlay-containers/{id}/userdata",
    "podman": "/var/lib/containers/storage/overlay-containers/{id}/userdata",
    "docker": "/run/containerd/io.containerd.runtime.v2.task/moby/{id}",
}


def annotations_of(runtime, identity, container, pod):
    """As containerd 1.7's CRI plugin, CRI-O 1.28, podman 4.3 and dockerd write them."""
    if runtime == "crio":
        return {
            "io.container.manager": "cri-o",
            "io.kubernetes.container.name": container,
            "io.kubernetes.cri-o.ContainerID": identity,
            "io.kubernetes.cri-o.ContainerType": "container",
            "io.kubernetes.cri-o.ImageName": IMAGE,
            "io.kubernetes.cri-o.Name": f"k8s_{container}_{pod}_{NAMESPACE}_0_0",
            "io.kubernetes.pod.name": pod,
            "io.kubernetes.pod.namespace": NAMESPACE,
        }
    if runtime == "podman":
        return {"io.container.manager": "libpod", "io.kubernetes.cri-o.ContainerType": "container",
                "io.podman.annotations.autoremove": "FALSE", "org.opencontainers.image.stopSignal": "15"}
    if runtime == "docker":
        return {}
    return {
        "io.kubernetes.cri.container-name": container,
        "io.kubernetes.cri.container-type": "container",
        "io.kubernetes.cri.image-name": IMAGE,
        "io.kubernetes.cri.sandbox-id": "0" * 64,
        "io.kubernetes.cri.sandbox-name": pod,
        "io.kubernetes.cri.sandbox-namespace": NAMESPACE,
    }


def write_what_the_daemon_keeps(runtime, identity, container):
    if runtime == "docker":
        file = Path(f"/var/lib/docker/containers/{identity}/config.v2.json")
        document = {
            "StreamConfig": {}, "State": {"Running": True}, "ID": identity, "Path": "/usr/bin/python3",
            "Config": {"Hostname": identity[:12], "Image": IMAGE, "Labels": {
                "com.docker.compose.project": NAMESPACE, "com.docker.compose.service": container}},
            "Image": "sha256:" + "1" * 64, "Name": f"/{NAMESPACE}-{container}-1", "Driver": "overlay2"}
    elif runtime == "podman":
        file = Path("/var/lib/containers/storage/overlay-containers/containers.json")
        document = json.loads(file.read_text()) if file.exists() else []
        document.append({
            "id": identity, "names": [f"{NAMESPACE}-{container}-1"], "image": "1" * 64, "layer": "2" * 64,
            "metadata": json.dumps({"image-name": IMAGE, "image-id": "1" * 64, "name": f"{NAMESPACE}-{container}-1"}),
            "created": "2026-01-01T00:00:00Z", "flags": {"MountLabel": "", "ProcessLabel": ""}})
    else:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document))


def main(runtime, identity, cgroup, container, pod, *program):
    bundle = Path(BUNDLES.get(runtime, runtime + "/{id}").format(id=identity))
    root = bundle / "rootfs"
    scripts = os.path.dirname(program[1])
    for folder in ("usr", "proc", "dev", "tmp", scripts.lstrip("/")):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("bin", "lib", "lib64"):
        (root / folder).symlink_to(f"usr/{folder}")
    binds = [{"destination": each, "type": "bind", "source": each, "options": ["rbind", "ro"]} for each in ("/usr", scripts)]
    config = {
        "ociVersion": "1.0.2",
        "process": {"user": {"uid": 0, "gid": 0}, "args": list(program), "env": ["PATH=/usr/bin"], "cwd": "/"},
        "root": {"path": "rootfs"},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}] + binds,
        "annotations": annotations_of(runtime, identity, container, pod),
        "linux": {"cgroupsPath": cgroup, "resources": {},
                  "namespaces": [{"type": each} for each in ("pid", "mount", "ipc", "uts")]},
    }
    (bundle / "config.json").write_text(json.dumps(config))
    write_what_the_daemon_keeps(runtime, identity, container)
    # As the runtimes have it: for root alone.
    os.chmod(bundle, 0o700)
    print(bundle)


if __name__ == "__main__":
    main(*sys.argv[1:])
