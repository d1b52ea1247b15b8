"""Debian's cloud kernels, fetched by apt from the mirror that this system uses, into a cache."""

import lzma
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from architecture import AMD64, ARM64, Architecture
from packages import Apt, NotFetched


@dataclass(frozen=True)
class Release:
    suite: str  # whose kernel it is
    architecture: Architecture


# By what they are called in the table.
RELEASES = {
    "5.10": Release("bullseye", AMD64),
    "6.1": Release("bookworm", AMD64),
    "6.12": Release("trixie", AMD64),
    "7": Release("sid", AMD64),
    "6.1-arm64": Release("bookworm", ARM64),
    "6.12-arm64": Release("trixie", ARM64),
}


@dataclass(frozen=True)
class Kernel:
    version: str  # the package's
    vmlinuz: Path
    modules: tuple  # paths of plain .ko files, in the order to load them


def fetch(release, cache, wanted):
    """Its kernel with the modules in `wanted` and what they depend on; without the network if cached."""
    folder = cache / f"{release.suite}-{release.architecture.name}"
    try:
        if not (folder / "version").exists():
            _download(release.suite, release.architecture.name, folder)
        vmlinuz = folder / "vmlinuz"
        modules = folder / "modules"
        while not vmlinuz.exists() or (missing := _missing(wanted, modules)):
            _extract(folder, vmlinuz, modules, wanted if not vmlinuz.exists() else missing)
        version = (folder / "version").read_text(encoding="ascii").strip()
        paths = (modules / f"{name}.ko" for name in _in_order(wanted, modules))
        return Kernel(version, vmlinuz, tuple(path for path in paths if path.exists()))
    except (OSError, tarfile.TarError, lzma.LZMAError) as error:
        raise NotFetched(str(error)) from error


# ── Packages ────────────────────────────────────────────────────────────────────────────────────


def _download(suite, architecture, folder):
    """Leaves the packages in `folder`, and the file `version` when all is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    meta_package = f"linux-image-cloud-{architecture}"
    with Apt(suite, architecture, folder / "apt") as apt:
        version, images = apt.version_and_depends(meta_package, r"linux-image-\d")
        if not images:
            raise NotFetched(f"{meta_package} of {suite} depends on no image")
        # Since 7.0 or so the image is an empty shell, and its files are in these.
        _, parts = apt.version_and_depends(images[0], r"linux-(binary|modules)-")
        apt.download([images[0], *parts], folder)
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
    # Built in, or this kernel does without: the stories that need it will report.
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
