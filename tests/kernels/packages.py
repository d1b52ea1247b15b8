"""Packages of another suite or architecture, fetched by apt from the mirror that this system uses.

Nothing of it touches this system: apt is given folders of its own, and none of its packages is installed.
"""

import re
import shutil
import subprocess

# Signs all four suites of kernels; the suites of years to come need a newer debian-archive-keyring.
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SECONDS = 600


class NotFetched(Exception):
    """The message says why."""


def run(command, **options):
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
            timeout=SECONDS, check=False, **options)
    except subprocess.TimeoutExpired as error:
        raise NotFetched(f"{command[0]} took more than {SECONDS} s") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines() or ["no word of why"]
        errors = [line for line in words if line.startswith("E: ")] or words[-1:]
        raise NotFetched(f"{command[0]} failed: {errors[0]}")
    return done.stdout


def own_suite():
    with open("/etc/os-release", encoding="utf-8") as release:
        own = dict(line.rstrip("\n").split("=", 1) for line in release if "=" in line).get("VERSION_CODENAME", "")
    return own.strip('"')


def _mirror():
    """Where this system has its own suite from; the same mirror has the others."""
    own = own_suite()
    sources = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)"])
    for line in sources.splitlines():
        uri, _, codename = line.partition(" ")
        if codename == own:
            return uri
    raise NotFetched("apt knows no mirror of this system's own suite")


class Apt:
    """As a context; `folder` is its own for as long, and must not be there yet."""

    def __init__(self, suite, architecture, folder):
        self._folder = folder
        for each in ("state", "lists/partial", "cache/archives/partial"):
            (folder / each).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(
            f"deb [arch={architecture} signed-by={KEYRING}] {_mirror()} {suite} main\n", encoding="utf-8")
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": folder / "state",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::Check-Valid-Until": "false",  # a mirror may stand still; what it has is signed all the same
            "APT::Update::Error-Mode": "any",  # else what cannot be fetched is but a warning
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "root",  # another user could not write to this folder
        }
        self._options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def __enter__(self):
        run(["apt-get", *self._options, "update"])
        return self

    def __exit__(self, *_):
        shutil.rmtree(self._folder)

    def version_and_depends(self, package, pattern):
        """Its version, and those of the packages it depends on whose names match."""
        shown = run(["apt-cache", *self._options, "show", "--no-all-versions", package])
        depends = re.search(r"^Depends: (.*)$", shown, re.MULTILINE)
        names = [part.split()[0] for part in depends[1].split(", ")] if depends else []
        version = re.search(r"^Version: (.*)$", shown, re.MULTILINE)[1]
        return version, [name for name in names if re.match(pattern, name)]

    def download(self, packages, folder):
        run(["apt-get", *self._options, "download", *packages], cwd=folder)

    def download_with_dependencies(self, packages):
        """The paths of all that a bare system would need to have them."""
        # It would unpack what it has; what it has is nothing, so that it takes all of them.
        run(["apt-get", *self._options, "install", "--download-only", "--yes", "--no-install-recommends", *packages])
        return sorted((self._folder / "cache/archives").glob("*.deb"))
