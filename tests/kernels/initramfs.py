"""Writes an initramfs: a cpio archive of the newc kind, gzipped. The kernel reads several one after the other."""

import gzip
import os
import stat
from pathlib import Path


class Archive:
    def __init__(self):
        self._members = {}  # path: (mode, mtime, device, data)

    def add(self, path, data, mode=0o644, mtime=0):
        """`data` is text or bytes."""
        self._put(path, stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data, mtime=mtime)

    def add_file(self, path, source=None):
        """As it is on this machine; `source` if it lies elsewhere."""
        source = Path(source or path)
        status = source.stat()
        self.add(path, source.read_bytes(), stat.S_IMODE(status.st_mode), int(status.st_mtime))

    def add_console(self):
        self._put("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def _put(self, path, mode, data=b"", mtime=0, device=(0, 0)):
        path = str(path).lstrip("/")
        folder = os.path.dirname(path)
        if folder and folder not in self._members:
            self._put(folder, stat.S_IFDIR | 0o755)
        self._members[path] = (mode, mtime, device, data)

    def packed(self):
        parts = []
        for number, (path, (mode, mtime, device, data)) in enumerate(self._members.items(), start=1):
            parts += self._member(number, path, mode, mtime, device, data)
        parts += self._member(0, "TRAILER!!!", 0, 0, (0, 0), b"")
        return gzip.compress(b"".join(parts), compresslevel=1)

    @staticmethod
    def _member(inode, path, mode, mtime, device, data):
        name = path.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (inode, mode, 0, 0, links, mtime, len(data), 0, 0, *device, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % each for each in fields) + name
        return [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]
