"""A child process whose lines can be waited for, each wait with a bound."""

import subprocess
import threading
import time


class Process:
    """Starts `command` and collects its lines; as a context it never outlives its `with`."""

    def __init__(self, command):
        self.command = [str(part) for part in command]
        self.out = []
        self.err = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="backslashreplace")
        self._readers = [self._read(self._process.stdout, self.out), self._read(self._process.stderr, self.err)]

    def _read(self, stream, lines):
        def collect():
            for line in stream:
                with self._changed:
                    lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
            stream.close()
            with self._changed:
                self._changed.notify_all()

        reader = threading.Thread(target=collect, daemon=True)
        reader.start()
        return reader

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass

    def wait_for(self, condition, seconds):
        """Waits until `condition(lines of stdout)`; False if that has not come true by then, or stdout has ended."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition(self.out):
                left = deadline - time.monotonic()
                if left <= 0 or not self._readers[0].is_alive():
                    return condition(self.out)
                # A reader's last notification comes just before it is dead: look again soon.
                self._changed.wait(min(left, 0.05))
            return True

    def say(self, line):
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it is gone; its exit code will report

    def signal(self, number):
        self._process.send_signal(number)

    def end(self, seconds):
        """The exit code, after all output was read; None if it has not ended by then."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        for reader in self._readers:
            reader.join(seconds)
        return code
