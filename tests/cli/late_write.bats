#!/usr/bin/env bats
# A connection of a pool: its peer closed long before the write that finds out, and others have ended since.
# bats file_tags=root

load helper

# Longer than what ended is remembered for its own sake (Connections::kRememberNs).
write_late() {
    /usr/bin/python3 - "$1" 3>&- << 'END_OF_PROGRAM'
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
if os.fork() == 0:
    server.close()
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.2)
    client.close()
    time.sleep(1)  # so that it can be looked at
    os._exit(0)
pooled, _ = server.accept()
until = time.monotonic() + 4
while time.monotonic() < until:
    other = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    other.close()
    accepted.close()
    time.sleep(0.1)
pooled.send(b"x")
time.sleep(0.2)
try:
    pooled.send(b"y")
    sys.exit("the second write did not fail")
except BrokenPipeError:
    os.wait()
END_OF_PROGRAM
}

@test "who closed is named however late the write, and whatever else ended since" {
    local port
    port=$(free_port)
    start_tool -j -P "$port" --count 1
    write_late "$port"
    await_tool
    /usr/bin/python3 - "$OUT" << 'END_OF_CHECK'
import json, sys
verdict, = [line for line in map(json.loads, open(sys.argv[1])) if line["type"] == "verdict"]
assert (verdict["cause"], verdict["confidence"]) == ("peer-closed", "observed"), verdict["summary"]
assert verdict["peer"]["act"] == "close", verdict
assert verdict["peer"]["process"]["pid"] != verdict["process"]["pid"], verdict
assert verdict["peer"]["at_ns"] < -3_500_000_000, verdict["peer"]
END_OF_CHECK
}
