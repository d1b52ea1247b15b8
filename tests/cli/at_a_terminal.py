"""tcpblame run at a terminal: Ctrl-C, and a command that stops itself, under an interactive shell."""
import os
import pty
import select
import signal
import sys
import time

PATIENCE_S = 60

# Not a shell with a trap: that forgets a Ctrl-C which comes just as a command of its has ended. It says who its parent is:
# what that is sent after the Ctrl-C, it passes on after that. So what ends this shows how often the Ctrl-C came.
COUNTS_CTRL_C = (
    'import os, signal, sys, time; got = []; '
    'signal.signal(signal.SIGINT, lambda *_: (got.append(1), print(f"got-{len(got)}", flush=True))); '
    'signal.signal(signal.SIGUSR1, lambda *_: sys.exit(6)); '
    'print("rea" "dy", os.getppid(), flush=True); time.sleep(60)')
# (A shell may take a Ctrl-C just before it execs, and forget it.)
WAITS = ('import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); print("re" + "ady", flush=True); '
         "time.sleep(600)")


class Terminal:
    """An interactive bash at a terminal of its own."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="$ ", TERM="dumb", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        self.said = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def await_(self, words):
        """All up to these words is taken."""
        until = time.monotonic() + PATIENCE_S
        while words not in self.said:
            left = until - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], f"expected: {words!r}, said: {self.said!r}"
            self.said += os.read(self.fd, 4096).decode(errors="replace")
        taken, _, self.said = self.said.partition(words)
        return taken


def ctrl_c_reaches_the_command_once(terminal, tool):
    terminal.type(f"\"{tool}\" run -- /usr/bin/python3 -c '{COUNTS_CTRL_C}'; echo co\"\"de-$?\n")
    terminal.await_("ready ")
    parent = int(terminal.await_("\r\n"))
    terminal.type("\x03")
    terminal.await_("got-1")
    os.kill(parent, signal.SIGUSR1)
    rest = terminal.await_("code-6")
    assert "got-2" not in rest, rest
    assert "no write failed" in rest, rest


def ctrl_c_ends_a_command_and_the_report_is_told(terminal, tool):
    terminal.type(f"\"{tool}\" run -- /usr/bin/python3 -c '{WAITS}'; echo co\"\"de-$?\n")
    terminal.await_("ready")
    terminal.type("\x03")
    said = terminal.await_("$ ")
    assert "no write failed" in said, said


def a_command_that_stops_itself_gives_the_shell_back(terminal, tool):
    terminal.type(f"\"{tool}\" run -- sh -c 'kill -STOP $$; echo ba''ck; exit 3'\n")
    terminal.await_("Stopped")
    terminal.await_("$ ")  # what is typed before may get lost
    terminal.type("fg\n")
    terminal.await_("back")
    terminal.type('echo co""de-$?\n')
    terminal.await_("code-3")


def ctrl_z_stops_both(terminal, tool):
    terminal.type(f"\"{tool}\" run -- sh -c 'echo re''ady; read line; echo re''sumed'\n")
    terminal.await_("ready")
    terminal.type("\x1a")
    terminal.await_("Stopped")
    terminal.await_("$ ")  # what is typed before may get lost
    terminal.type("fg\n")
    terminal.await_("fg\r\n")
    terminal.await_("read line")  # bash says what it continues
    terminal.type("\n")
    terminal.await_("resumed")
    terminal.await_("no write failed")
    terminal.type('echo co""de-$?\n')
    terminal.await_("code-0")


def main():
    for story in (
        ctrl_c_reaches_the_command_once,
        ctrl_c_ends_a_command_and_the_report_is_told,
        a_command_that_stops_itself_gives_the_shell_back,
        ctrl_z_stops_both,
    ):
        terminal = Terminal()
        terminal.await_("$ ")
        story(terminal, sys.argv[1])
        terminal.type("exit\nexit\n")
        os.close(terminal.fd)
        os.waitpid(terminal.pid, 0)


main()
