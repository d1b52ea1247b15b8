"""A redis-server and an nginx of their own, on free ports of loopback, and how much each has served."""

import contextlib
import http.client
import os
import re
import socket
import sys
from pathlib import Path

import child

sys.path.append(str(Path(__file__).resolve().parent.parent / "live"))

from ports import Ports

PORTS = Ports()

# One process, so that it is known whom to trace; no log, no file but in its folder, no port but ours.
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 1024;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} backlog=511;
    location = /status {{ stub_status; }}
    location / {{ return 200 "hello\\n"; }}
  }}
}}
"""


def _listens(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


class Redis:
    name = "redis-server"

    def __init__(self, process, port):
        self.pid = process.pid
        self.port = port
        self._control = socket.create_connection(("127.0.0.1", port), timeout=child.PATIENCE)

    def served(self):
        self._control.sendall(b"INFO stats\r\n")
        answer = b""
        while not (found := re.search(rb"total_commands_processed:(\d+)\r\n.*\r\n\r\n", answer + b"\r\n", re.DOTALL)):
            got = self._control.recv(65536)
            if not got:
                raise child.Failed("redis-server closed the connection")
            answer += got
        return int(found.group(1))

    def close(self):
        self._control.close()


class Nginx:
    name = "nginx"

    def __init__(self, process, port):
        self.pid = process.pid
        self.port = port
        self._control = http.client.HTTPConnection("127.0.0.1", port, timeout=child.PATIENCE)

    def served(self):
        self._control.request("GET", "/status")
        return int(self._control.getresponse().read().split(b"requests\n")[1].split()[2])

    def close(self):
        self._control.close()


@contextlib.contextmanager
def _server(kind, command, port, folder):
    words = folder / f"{kind.name}.words"
    with open(words, "wb") as log, child.running(command, stdout=log, stderr=log) as process:
        try:
            child.wait_until(lambda: _listens(port), kind.name, process)
        except child.Failed as error:
            raise child.Failed(f"{error}; {words.read_text(errors='replace')[-300:]}") from error
        server = kind(process, port)
        try:
            yield server
        finally:
            server.close()


def redis(folder):
    port = PORTS.take()
    command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--daemonize", "no", "--dir", folder, "--loglevel", "warning"]
    return _server(Redis, command, port, folder)


def nginx(folder):
    port = PORTS.take()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port), encoding="utf-8")
    # -e: or it complains about the log that it was built with before it has read ours.
    return _server(Nginx, ["nginx", "-p", folder, "-e", "stderr", "-c", config], port, folder)


def missing():
    """Of the programs that are needed, those that are not installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    needed = ("redis-server", "redis-benchmark", "nginx", "wrk", "gnuplot")
    return [each for each in needed if not any(os.access(f"{part}/{each}", os.X_OK) for part in path.split(":"))]
