"""Debian's cloud kernels, fetched by apt from the mirror that this system uses, into a cache."""

import lzma
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

# What it is called in the table: the suite it is the kernel of.
SUITES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie", "7": "sid"}
# Signs all four; the suites of years to come need a newer debian-archive-keyring.
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
META_PACKAGE = "linux-image-cloud-amd64"
SECONDS = 600


class NotFetched(Exception):
    """The message says why."""


@dataclass(frozen=True)
class Kernel:
    version: str  # the package's
    vmlinuz: Path
    modules: tuple  # paths of plain .ko files, in the order to load them


def fetch(suite, cache, wanted):
    """The kernel of `suite` with the modules in `wanted` and what they depend on; without the network if cached."""
    folder = cache / suite
    try:
        if not (folder / "version").exists():
            _download(suite, folder)
        vmlinuz = folder / "vmlinuz"
        modules = folder / "modules"
        while not vmlinuz.exists() or (missing := _missing(wanted, modules)):
            _extract(folder, vmlinuz, modules, wanted if not vmlinuz.exists() else missing)
        version = (folder / "version").read_text(encoding="ascii").strip()
        paths = (modules / f"{name}.ko" for name in _in_order(wanted, modules))
        return Kernel(version, vmlinuz, tuple(path for path in paths if path.exists()))
    except subprocess.TimeoutExpired as error:
        raise NotFetched(f"{error.cmd[0]} took more than {SECONDS} s") from error
    except (OSError, tarfile.TarError, lzma.LZMAError) as error:
        raise NotFetched(str(error)) from error


# ── Packages ────────────────────────────────────────────────────────────────────────────────────


def _run(command, **options):
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL, timeout=SECONDS,
        check=False, **options)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word of why"]
        errors = [line for line in words if line.startswith("E: ")] or words[-1:]
        raise NotFetched(f"{command[0]} failed: {errors[0]}")
    return done.stdout


def _mirror():
    """Where this system has its own suite from; the same mirror has the others."""
    with open("/etc/os-release", encoding="utf-8") as release:
        own = dict(line.rstrip("\n").split("=", 1) for line in release if "=" in line).get("VERSION_CODENAME", "")
    sources = _run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)"])
    for line in sources.splitlines():
        uri, _, codename = line.partition(" ")
        if codename == own.strip('"'):
            return uri
    raise NotFetched("apt knows no mirror of this system's own suite")


def _download(suite, folder):
    """Leaves the packages in `folder`, and the file `version` when all is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    apt = folder / "apt"
    for each in ("state", "lists/partial", "cache/archives/partial"):
        (apt / each).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(
        f"deb [arch=amd64 signed-by={KEYRING}] {_mirror()} {suite} main\n", encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": apt / "state",
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Acquire::Languages": "none",
        "APT::Update::Error-Mode": "any",  # else what cannot be fetched is but a warning
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",  # another user could not write to this folder
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def depends_of(package, pattern):
        shown = _run(["apt-cache", *options, "show", "--no-all-versions", package])
        depends = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
        names = [part.split()[0] for part in depends[1].split(", ")] if depends else []
        version = re.search(r"^Version: (.*)$", shown, re.MULTILINE)[1]
        return version, [name for name in names if re.match(pattern, name)]

    _run(["apt-get", *options, "update"])
    version, images = depends_of(META_PACKAGE, r"linux-image-\d")
    if not images:
        raise NotFetched(f"{META_PACKAGE} of {suite} depends on no image")
    # Since 7.0 or so the image is an empty shell, and its files are in these.
    _, parts = depends_of(images[0], r"linux-(binary|modules)-")
    _run(["apt-get", *options, "download", images[0], *parts], cwd=folder)
    shutil.rmtree(apt)
    (folder / "version").write_text(version + "\n", encoding="ascii")


# ── What is in them ─────────────────────────────────────────────────────────────────────────────


def _extract(folder, vmlinuz, modules, names):
    modules.mkdir(exist_ok=True)
    found = set()
    for package in sorted(folder.glob("*.deb")):
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacker:
            with tarfile.open(fileobj=unpacker.stdout, mode="r|") as archive:
                for member in archive:
                    path = Path(member.name)
                    name = path.name.split(".ko")[0].replace("-", "_")
                    if not member.isfile():
                        continue
                    if path.name.startswith("vmlinuz"):
                        _write(vmlinuz, archive.extractfile(member).read())
                    elif ".ko" in path.suffixes[-2:] and name in names:
                        data = archive.extractfile(member).read()
                        _write(modules / f"{name}.ko", lzma.decompress(data) if path.suffix == ".xz" else data)
                        found.add(name)
            unpacker.wait()
    if not vmlinuz.exists():
        raise NotFetched("its packages have no vmlinuz")
    # Built in, or this kernel does without: the stories that need it will tell.
    for name in set(names) - found:
        (modules / f"{name}.none").touch()


def _write(path, data):
    """Whole or not at all: what is there is taken for good the next time."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.rename(path)


def _depends_of(module):
    # The packages have no modules.dep, since depmod is run when they are installed; the modules know themselves.
    depends = re.search(rb"(?:^|\0)depends=([^\0]*)\0", module.read_bytes())
    return depends[1].decode("ascii").replace("-", "_").split(",") if depends and depends[1] else []


def _in_order(wanted, modules):
    order = []

    def add(name):
        if name in order:
            return
        module = modules / f"{name}.ko"
        if module.exists():
            for each in _depends_of(module):
                add(each)
        order.append(name)

    for name in wanted:
        add(name)
    return order


def _missing(wanted, modules):
    return [
        name for name in _in_order(wanted, modules)
        if not any((modules / f"{name}.{kind}").exists() for kind in ("ko", "none"))
    ]
