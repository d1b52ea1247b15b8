"""What runs a pod's container here, as the kubelet would by its manifest: the config.json of an OCI bundle.

    pod.py BUNDLE MANIFEST VOLUMES newer|older

The bundle is the image's, as umoci unpacks it; host paths are folders in VOLUMES. Of seccomp it has the default of
Debian's runtimes, or with what newer ones allow besides.
"""

import json
import platform
import sys
from pathlib import Path

import yaml

# As containerd has them for a container that is not privileged.
MASKED = ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

PROFILE = "/usr/share/containers/seccomp.json"
# What it has not yet, and those of docker from 23 and of containerd from 1.7 have (moby #43987).
NEWER_RULES = [{"names": [call], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {"caps": [capability]}, "excludes": {}}
               for call, capability in (("bpf", "CAP_BPF"), ("perf_event_open", "CAP_PERFMON"))]
UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def capabilities_of(security):
    assert security["capabilities"]["drop"] == ["ALL"], "what a runtime gives by itself is not known here"
    return [f"CAP_{name}" for name in security["capabilities"]["add"]]


def applies(rule, capabilities):
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    architecture = ARCHITECTURES[platform.machine()]
    return (set(includes.get("caps", [])) <= set(capabilities)
            and architecture in includes.get("arches", [architecture])
            and not set(excludes.get("caps", [])) & set(capabilities))


def seccomp_of(profile, more, capabilities):
    newly = {name for rule in more if applies(rule, capabilities) for name in rule["names"]}
    calls = []
    for rule in profile["syscalls"] + more:
        if not applies(rule, capabilities):
            continue
        allows = rule["action"] == "SCMP_ACT_ALLOW"
        names = [name for name in rule["names"] if allows or name not in newly]
        calls.append({key: rule[key] for key in ("action", "args", "errnoRet") if rule.get(key)} | {"names": names})
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile["defaultErrnoRet"], "syscalls": calls}


def mounts_of(pod, container, documents, folder):
    for mount in container["volumeMounts"]:
        volume = next(each for each in pod["volumes"] if each["name"] == mount["name"])
        source = folder / volume["name"]
        source.mkdir(exist_ok=True)
        if "configMap" in volume:
            kept = next(each for each in documents
                        if each["kind"] == "ConfigMap" and each["metadata"]["name"] == volume["configMap"]["name"])
            for name, text in kept["data"].items():
                (source / name).write_text(text)
        else:
            assert volume["hostPath"]["type"] == "DirectoryOrCreate"
        yield {"destination": mount["mountPath"], "type": "bind", "source": str(source),
               "options": ["rbind", "rprivate", "ro" if mount.get("readOnly") else "rw"]}


def bytes_of(quantity):
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def main(bundle, manifest, folder, runtime):
    path = Path(bundle, "config.json")
    config = json.loads(path.read_text())
    documents = list(yaml.safe_load_all(Path(manifest).read_text()))
    pod = next(each for each in documents if each["kind"] == "DaemonSet")["spec"]["template"]["spec"]
    container, = pod["containers"]
    security = container["securityContext"]
    capabilities = capabilities_of(security)
    process = config["process"]
    process.update(
        terminal=False, args=process["args"][:1] + container["args"], rlimits=[],
        user={"uid": security["runAsUser"], "gid": 0}, noNewPrivileges=not security["allowPrivilegeEscalation"],
        env=[each for each in process["env"] if not each.startswith("TERM=")] + ["KUBERNETES_SERVICE_HOST=192.0.2.1"],
        # Never ambient ones: Kubernetes knows none.
        capabilities={name: capabilities for name in ("bounding", "effective", "permitted")})
    config["root"]["readonly"] = security["readOnlyRootFilesystem"]
    config["mounts"] += mounts_of(pod, container, documents, Path(folder))
    assert pod["hostPID"] and pod["hostNetwork"], "namespaces of a pod's own are not made here"
    del config["hostname"]  # with the host's network it has the host's name
    config["linux"] = {
        "namespaces": [{"type": "ipc"}, {"type": "mount"}],
        "resources": {"memory": {"limit": bytes_of(container["resources"]["limits"]["memory"])},
                      "devices": [{"allow": False, "access": "rwm"}]},
        "maskedPaths": MASKED, "readonlyPaths": READ_ONLY}
    if security["seccompProfile"]["type"] == "RuntimeDefault":
        config["linux"]["seccomp"] = seccomp_of(
            json.loads(Path(PROFILE).read_text()), NEWER_RULES if runtime == "newer" else [], capabilities)
    path.write_text(json.dumps(config, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
