#!/usr/bin/python3
"""A folder with packages of another architecture, to build against and to take programs for a guest from.

    debian_root.py ARCHITECTURE PACKAGE…     makes it in the cache, if it is not there; prints its path
    debian_root.py ARCHITECTURE              prints its path

Not dpkg's foreign architectures: some packages cannot be installed for two of them, and this system stays as it is.
The packages are unpacked, not installed: none of their scripts runs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from packages import Apt, NotFetched, own_suite


def cache_folder():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tcpblame-kernels"


def path_of(architecture):
    return cache_folder() / f"root-{architecture}"


def make(architecture, packages):
    root = path_of(architecture)
    # Which packages it has; written last.
    stamp = root / "packages"
    wanted = "".join(f"{name}\n" for name in (own_suite(), *sorted(packages)))
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return root
    shutil.rmtree(root, ignore_errors=True)
    with Apt(own_suite(), architecture, root / "apt") as apt:
        for package in apt.download_with_dependencies(packages):
            unpacked = subprocess.run(
                ["dpkg-deb", "--extract", package, root], capture_output=True, encoding="utf-8", check=False)
            if unpacked.returncode != 0:
                raise NotFetched(unpacked.stderr.strip())
    _make_links_relative(root)
    _compile_python(root)
    stamp.write_text(wanted, encoding="ascii")
    return root


def _make_links_relative(root):
    """A link to /lib/… is meant for a system of which this is the root."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink() and (target := os.readlink(path)).startswith("/"):
                path.unlink()
                path.symlink_to(os.path.relpath(root / target[1:], folder))


def _compile_python(root):
    """As the packages' scripts would: an emulated machine takes long for it."""
    for library in (root / "usr/lib").glob("python3.*"):
        compiled = subprocess.run(
            ["/usr/bin/python3", "-m", "compileall", "-q", library], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", check=False)
        if compiled.returncode != 0:
            raise NotFetched(compiled.stdout.strip())


def main():
    if len(sys.argv) < 2:
        print("debian_root: give it an architecture of Debian's, and packages", file=sys.stderr)
        return 2
    architecture, *packages = sys.argv[1:]
    try:
        print(make(architecture, packages) if packages else path_of(architecture))
    except (NotFetched, OSError) as error:
        print(f"debian_root: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
