#!/usr/bin/env bats
# Over a run: who closed several connections after the same time without data.
# bats file_tags=root

load helper

# serve PORT SECONDS…: a server that closes the Nth connection after so long without data; its clients write twice then.
serve() {
    /usr/bin/python3 - "$@" 3>&- << 'END_OF_PROGRAM'
import contextlib, os, selectors, socket, sys, time
port, spans = int(sys.argv[1]), list(map(float, sys.argv[2:]))
server = socket.create_server(("127.0.0.1", port))
if os.fork() == 0:
    accepted = [server.accept()[0] for _ in spans]
    server.close()
    for each in accepted:
        each.recv(1)
        each.send(b"a")
    began = time.monotonic()
    for span, each in sorted(zip(spans, accepted), key=lambda pair: pair[0]):
        time.sleep(max(0, began + span - time.monotonic()))
        each.close()
    time.sleep(2)  # so that it can be looked at
    os._exit(0)
clients = []
for _ in spans:  # in this order
    clients.append(socket.create_connection(("127.0.0.1", port)))
    clients[-1].send(b"q")
server.close()
for each in clients:
    each.recv(1)
for each in clients:
    each.recv(1)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for _ in range(3):
            each.send(b"x")
            time.sleep(0.05)
os.wait()
END_OF_PROGRAM
}

@test "connections that one process closed after the same time are counted, on the screen and in JSON" {
    local port
    port=$(free_port)
    start_tool -P "$port" -w "$BATS_TEST_TMPDIR/recording"
    serve "$port" 2 2 2.02 2.5
    kill -INT "$TOOL"
    await_tool
    grep -qE '3 of 4 connections that python3[^ ]* closed had been idle for 2\.[0-9]+ s' "$OUT" || give_up "$(cat "$OUT")"
    run_tool report -j "$BATS_TEST_TMPDIR/recording"
    equal "$(tail -n1 <<< "$output" | jq -c '.idle_closers | map([(.closer | .[:7]), .closed, .idle])')" \
        '[["python3",4,3]]' 'who closed idle connections'
}

@test "connections that were closed at odd times are no timer's" {
    local port
    port=$(free_port)
    start_tool -j -P "$port"
    serve "$port" 0.4 0.7 1.3 1.6
    kill -INT "$TOOL"
    await_tool
    equal "$(tail -n1 "$OUT" | jq -c .idle_closers)" null 'who closed idle connections'
}
