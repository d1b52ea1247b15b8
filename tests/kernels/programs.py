"""Programs to take along into a guest, and the shared objects that they need, of this machine or of another's root."""

import re
import subprocess

PROGRAM_FOLDERS = ("usr/bin", "bin", "usr/sbin", "sbin")


class NotFound(Exception):
    """The message says what."""


class Programs:
    def __init__(self, root, triplet):
        self._root = root
        self._libraries = tuple(f"{each}/{triplet}" for each in ("lib", "usr/lib"))

    def find(self, name):
        """Its path; None if there is none."""
        found = (self._root / folder / name for folder in PROGRAM_FOLDERS)
        return next((path for path in found if path.exists()), None)

    def shared_objects(self, binary):
        """{path in the root: path here}; ldd would run the binary, which may be another architecture's."""
        found = {}
        left = [binary]
        while left:
            said = subprocess.run(
                ["readelf", "-W", "-d", "-l", left.pop()], capture_output=True, encoding="utf-8", check=True).stdout
            needed = [self._library(name) for name in re.findall(r"\(NEEDED\).*\[(.*)\]", said)]
            needed += [name[1:] for name in re.findall(r"program interpreter: (.*)\]", said)]
            for path in needed:
                if path not in found:
                    found[path] = self._root / path
                    left.append(found[path])
        return found

    def _library(self, name):
        for folder in self._libraries:
            if (self._root / folder / name).exists():
                return f"{folder}/{name}"
        raise NotFound(f"no {name} in {' or '.join(str(self._root / folder) for folder in self._libraries)}")
