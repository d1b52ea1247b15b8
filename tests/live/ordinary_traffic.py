#!/usr/bin/python3
"""Holds the tool silent over ordinary traffic: real servers, and clients that end in good order.

    ordinary_traffic.py --tcpblame build/tcpblame [--seconds 3600] [--pause 0.05]

nginx with keep-alive and its timeout, redis, postgres and ssh, each with a connection a request and with connections
that stay. Any verdict or teardown is a failure, and so is a client that did not get its answer. The last line counts.
"""

import argparse
import http.client
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ports import Ports
from process import Process

PORTS = Ports()
START_SECONDS = 30
VISIT_SECONDS = 300  # the machine may be at other things
IDLE_SECONDS = 2  # longer than nginx keeps a connection
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path())


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, timeout=VISIT_SECONDS, **options)


class Server:
    """Starts it; `ask` is one client's visit, and says nothing where it went well."""

    def __init__(self, folder):
        self.port = PORTS.take()
        self.folder = folder
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port)):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{type(self).__name__} does not listen")

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait(START_SECONDS)


class Nginx(Server):
    def command(self):
        configuration = self.folder / "nginx.conf"
        configuration.write_text(f"""
            daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.log;
            events {{}}
            http {{
                access_log off; keepalive_timeout 1s;
                server {{ listen 127.0.0.1:{self.port}; return 200 "{'x' * 2000}"; }}
            }}""", encoding="utf-8")
        return "/usr/sbin/nginx", "-c", configuration

    def ask(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=VISIT_SECONDS)
        for _ in range(1 + number % 5):
            connection.request("GET", "/")
            answer = connection.getresponse()
            if answer.status != 200 or len(answer.read()) != 2000:
                raise RuntimeError("nginx answered otherwise")
        if number % 20 == 0:
            time.sleep(IDLE_SECONDS)  # the server closes
        connection.close()


class Redis(Server):
    def command(self):
        return "/usr/bin/redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", self.folder

    def ask(self, number):
        run("redis-cli", "-p", self.port, "set", f"key{number}", "x" * 500)
        run("redis-benchmark", "-p", self.port, "-n", "500", "-c", "5", "-q", "-t", "get,lpush")


class Postgres(Server):
    def as_user(self):
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def command(self):
        data = self.folder / "postgres"
        data.mkdir()
        user = pwd.getpwnam("postgres")
        os.chown(data, user.pw_uid, user.pw_gid)
        run(POSTGRES / "initdb", "-D", data, "-A", "trust", "--no-sync", **self.as_user())
        run(POSTGRES / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o",
            f"-p {self.port} -h 127.0.0.1 -k {data}", "start", **self.as_user())
        self.data = data
        # What ends it is waited for as all the others.
        return "/bin/sleep", "infinity"

    def end(self):
        super().end()
        run(POSTGRES / "pg_ctl", "-D", self.data, "-m", "fast", "stop", **self.as_user())

    def ask(self, number):
        base = (POSTGRES / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-qAt")
        run(*base, "-c", f"select {number}")
        run(*base, "-c", "create table if not exists t (n int)", "-c", "insert into t select generate_series(1, 100)",
            "-c", "select * from t limit 1000", "-c", "truncate t")


class Ssh(Server):
    def command(self):
        Path("/run/sshd").mkdir(exist_ok=True)
        for name in ("host", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name)
        configuration = self.folder / "sshd_config"
        configuration.write_text(f"""
            Port {self.port}
            ListenAddress 127.0.0.1
            HostKey {self.folder}/host
            AuthorizedKeysFile {self.folder}/user.pub
            PidFile {self.folder}/sshd.pid
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password
            """, encoding="utf-8")
        return "/usr/sbin/sshd", "-D", "-f", configuration

    def ask(self, number):
        run("ssh", "-F", "none", "-i", self.folder / "user", "-p", self.port, "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "127.0.0.1",
            f"head -c {number % 100 * 1000 + 1} /dev/zero")


def visit(server, until, pause, done, problems):
    number = 0
    while time.monotonic() < until and not problems:
        try:
            server.ask(number)
        except (OSError, RuntimeError, http.client.HTTPException, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or b""
            problems.append(f"{type(server).__name__}: {error} {said.decode(errors='replace')}")
        number += 1
        time.sleep(pause)
    done[type(server).__name__] = number


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcpblame", type=Path, required=True, help="the tool")
    parser.add_argument("--seconds", type=int, default=3600, metavar="N", help="of traffic (%(default)s)")
    parser.add_argument("--pause", type=float, default=0.05, metavar="S", help="between two visits (%(default)s s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        servers = [kind(folder) for kind in (Nginx, Redis, Postgres, Ssh)]
        problems, done = [], {}
        try:
            for server in servers:
                server.start()
            ports = ",".join(str(server.port) for server in servers)
            with Process([arguments.tcpblame.resolve(), "-j", "-P", ports]) as tool:
                if not tool.wait_for(lambda lines: lines, START_SECONDS):
                    raise RuntimeError(f"the tool did not start: {tool.err}")
                until = time.monotonic() + arguments.seconds
                visitors = [threading.Thread(target=visit, args=(server, until, arguments.pause, done, problems)) for server in servers]
                for each in visitors:
                    each.start()
                for each in visitors:
                    each.join()
                time.sleep(1)
                tool.signal(signal.SIGINT)
                tool.end(START_SECONDS)
                lines = [json.loads(line) for line in tool.out]
        finally:
            for server in servers:
                server.end()
    said = [line for line in lines if line["type"] in ("verdict", "teardown", "lost")]
    problems += [f"{line['type']}: {line.get('cause')}: {line.get('summary')}" for line in said[:20]]
    events = lines[-1].get("events", {})
    print(f"visits: {done}; events: {events}; lines: {len(said)}")
    print("\n".join(problems))
    print(f"{0 if problems else 1} passed, {1 if problems else 0} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
