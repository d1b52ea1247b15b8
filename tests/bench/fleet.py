#!/usr/bin/env python3
"""What a fleet costs its store, and what the store answers: an hour of broken writes of simulated hosts
(fleet_recordings.cpp), loaded into Debian's ClickHouse, one server and two.

    fleet.py [--tcpblame PATH] [--recordings PATH] [--breaks N] [--fleets HOSTSxSHARDS,…]
    fleet.py --away SECONDS [--rate N]   as root: a live agent under load, its engine away for so long

Prints a table; of an engine that was away, what the spool took, and whether all is there afterwards. With the usual numbers, 100 hosts of 12,500 breaks each are 10^7 rows; it takes some minutes and 4 GB.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "live"))

from ports import Ports

BUILD = Path(__file__).resolve().parents[2] / "build"
ASKED = 3  # times, of which the median is taken
PATIENCE = 60
PORTS = Ports()

CONFIG = """<yandex>
  <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
  <http_port>{http}</http_port> <tcp_port>{tcp}</tcp_port> <listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path> <tmp_path>{folder}/tmp/</tmp_path> <users_config>users.xml</users_config>
  <default_profile>default</default_profile> <default_database>default</default_database>
  <mark_cache_size>5368709</mark_cache_size>
  <remote_servers><fleet>{shards}</fleet></remote_servers>
</yandex>
"""
USERS = """<yandex>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
    <quota>default</quota></default></users>
  <profiles><default></default></profiles> <quotas><default></default></quotas>
</yandex>
"""
SHARD = "<shard><replica><host>127.0.0.1</host><port>{}</port></replica></shard>"


class Engines:
    """So many servers of ClickHouse, one cluster."""

    def __init__(self, folder, count):
        ports = [PORTS.take() for _ in range(2 * count)]
        self.http, tcp = ports[:count], ports[count:]
        shards = "".join(map(SHARD.format, tcp))
        self.folders = []
        for number in range(count):
            here = folder / f"engine{number}"
            (here / "tmp").mkdir(parents=True)
            (here / "data").mkdir()
            (here / "users.xml").write_text(USERS, encoding="utf-8")
            (here / "config.xml").write_text(
                CONFIG.format(folder=here, http=self.http[number], tcp=tcp[number], shards=shards), encoding="utf-8")
            self.folders.append(here)
        self.start()

    def start(self):
        self.servers = []
        for here in self.folders:
            with open(here / "out", "wb") as out:
                self.servers.append(subprocess.Popen(
                    ["clickhouse-server", f"--config-file={here}/config.xml"], stdout=out, stderr=out))
        for port in self.http:
            self._await(port)

    @staticmethod
    def _await(port):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=2) as answer:
                    if answer.read().startswith(b"Ok"):
                        return
            except OSError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.1)

    def ask(self, query, port=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port or self.http[0]}/", data=query.encode())
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read().decode().strip()

    def total(self, query):
        return sum(int(self.ask(query, port) or 0) for port in self.http)

    def kill(self):
        for server in self.servers:
            server.send_signal(signal.SIGKILL)
            server.wait()


def seconds_of(command):
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def median_of(command):
    return statistics.median(seconds_of(command) for _ in range(ASKED))


def a_connection(tool, recording):
    """Of the middle of the hour."""
    said = subprocess.run([tool, "report", "-j", recording], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    verdicts = [line for line in map(json.loads, said) if line["type"] == "verdict"]
    return verdicts[len(verdicts) // 2]["connection"]["id"]


def measure(arguments, hosts, shards):
    with tempfile.TemporaryDirectory(prefix="tcpblame-fleet-", dir=arguments.folder) as name:
        folder = Path(name)
        subprocess.run([arguments.recordings, folder, str(hosts), str(arguments.breaks)], check=True)
        engines = Engines(folder, shards)
        try:
            return measure_in(arguments, folder, engines, hosts, shards)
        finally:
            engines.kill()


def measure_in(arguments, folder, engines, hosts, shards):
    tool = arguments.tcpblame
    urls = [f"http://127.0.0.1:{port}/fleet" for port in engines.http]
    url = urls[0]
    for each in urls:
        subprocess.run([tool, "store", "init", each, *(["--cluster", "fleet"] if shards > 1 else [])], check=True,
                       stderr=subprocess.DEVNULL)
    files = [str(path) for path in sorted(folder.glob("node-*"))]
    loading = seconds_of([tool, "store", "load", url, *files])
    here = "_here" if shards > 1 else ""
    # What a Distributed table has taken is spread in the background.
    rows = int(engines.ask("SELECT count() FROM fleet.frames"))
    until = time.monotonic() + 10 * PATIENCE
    while True:
        time.sleep(2)
        again = int(engines.ask("SELECT count() FROM fleet.frames"))
        if again == rows or time.monotonic() > until:
            break
        rows = again
    size = engines.total("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'fleet' AND table "
                         f"IN ('frames{here}', 'verdicts{here}')")
    host = f"node-{max(1, hosts // 2)}"
    identity = a_connection(tool, f"{folder}/{host}.7")
    asked = [tool, "report", "-j", "--store", url]
    one = median_of([*asked, "--connection", f"{host}/{identity}"])
    minute = median_of([*asked, "--since", "2026-11-28T10:30:00Z", "--until", "2026-11-28T10:30:01Z", "-P", "80"])
    port = median_of(["curl", "-sf", f"http://127.0.0.1:{engines.http[0]}/", "--data-binary",
                      "SELECT cause, process, count() FROM fleet.verdicts WHERE remote_port = 80 AND type = 'verdict' "
                      "GROUP BY cause, process"])
    breaks = hosts * arguments.breaks
    hour = ""
    if breaks <= arguments.whole_hour_of:
        hour = f"{seconds_of([*asked, '--since', '2026-11-28T10:00:00Z', '--until', '2026-11-28T11:00:00Z', '-P', '80']):.1f}"
    return (f"| {hosts} | {shards} | {rows:,} | {rows / breaks:.1f} | {size / breaks:.0f} | {rows / loading:,.0f} | "
            f"{one:.2f} | {minute:.2f} | {hour or '–'} | {port:.2f} |")


def send_live(arguments, folder, engines):
    """A recorder of a live load, which the engine misses; gives a sentence, or what went wrong."""
    tool, url = arguments.tcpblame, f"http://127.0.0.1:{engines.http[0]}/fleet"
    subprocess.run([tool, "store", "init", url], check=True, stderr=subprocess.DEVNULL)
    port = str(PORTS.take())
    with open(folder / "said", "wb") as said:
        recorder = subprocess.Popen([tool, "record", "-w", folder / "live", "--store", url, "--store-spool",
                                     folder / "spool", "-P", port], stderr=said)
    time.sleep(2)
    engines.kill()
    subprocess.run([Path(arguments.recordings).with_name("reset_storm"), "--port", port, "--seconds",
                    str(arguments.away), "--rate", str(arguments.rate)], check=True, stdout=subprocess.DEVNULL)
    spooled = sum(each.stat().st_blocks * 512 for each in (folder / "spool").iterdir())
    engines.start()
    began = time.monotonic()
    while sum(each.stat().st_size for each in (folder / "spool").iterdir()) and time.monotonic() - began < 10 * PATIENCE:
        time.sleep(0.5)
    took = time.monotonic() - began
    recorder.send_signal(signal.SIGTERM)
    recorder.wait(timeout=PATIENCE)
    said = [subprocess.run([tool, "report", "-j", *of], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            for of in ([folder / "live"], ["--store", url])]
    teardowns = said[0].count(b'"type":"teardown"')
    same = "as of the file, byte for byte" if said[0] == said[1] else "NOT as of the file"
    return (f"away for {arguments.away} s at {teardowns / arguments.away:.0f} resets a second: {spooled:,} bytes in the "
            f"spool, {spooled / max(teardowns, 1):.0f} a reset; sent in {took:.1f} s; {teardowns:,} reported, {same}")


def be_away(arguments):
    with tempfile.TemporaryDirectory(prefix="tcpblame-fleet-", dir=arguments.folder) as name:
        engines = Engines(Path(name), 1)
        try:
            return send_live(arguments, Path(name), engines)
        finally:
            engines.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcpblame", default=BUILD / "tcpblame", metavar="PATH")
    parser.add_argument("--recordings", default=BUILD / "bench/fleet_recordings", metavar="PATH")
    parser.add_argument("--breaks", type=int, default=12_500, metavar="N", help="of each host, in its hour")
    parser.add_argument("--fleets", default="1x1,10x1,100x1,100x2", metavar="LIST", help="hosts x shards")
    parser.add_argument("--whole-hour-of", type=int, default=200_000, metavar="BREAKS",
                        help="report of the whole hour where there are no more")
    parser.add_argument("--folder", default=os.environ.get("TMPDIR", "/tmp"), metavar="DIR")
    parser.add_argument("--away", type=int, metavar="SECONDS", help="a live agent, its engine away for so long")
    parser.add_argument("--rate", type=int, default=100, metavar="N", help="of resets a second meanwhile (%(default)s)")
    arguments = parser.parse_args()
    if shutil.which("clickhouse-server") is None:
        parser.error("there is no clickhouse-server: scripts/setup installs it")
    if arguments.away:
        print(be_away(arguments))
        return
    print("| hosts | servers | rows | rows a break | bytes a break, on disk | rows loaded a second | one connection, s | "
          "one second, s | the hour, s | the hour's causes by SQL, s |\n" + "|---" * 10 + "|", flush=True)
    for fleet in arguments.fleets.split(","):
        hosts, shards = map(int, fleet.split("x"))
        print(measure(arguments, hosts, shards), flush=True)


if __name__ == "__main__":
    main()
