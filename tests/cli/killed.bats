#!/usr/bin/env bats
# Who killed the peer, where the signal's own siginfo lies.
# bats file_tags=root

load helper

@test "a process that sends itself the siginfo of a fault is its sender, and no instruction of it is" {
    PORT=$(free_port)
    start_tool -j -P "$PORT"
    /usr/bin/python3 - "$PORT" << 'END'
import ctypes, os, platform, socket, sys, time

SIGSEGV, SEGV_MAPERR = 11, 1
RT_SIGQUEUEINFO = {"x86_64": 129, "aarch64": 138}[platform.machine()]
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
child = os.fork()
if child == 0:
    connection, _ = listener.accept()
    connection.recv(1)
    siginfo = (ctypes.c_int * 32)(SIGSEGV, 0, SEGV_MAPERR)
    ctypes.CDLL(None).syscall(RT_SIGQUEUEINFO, os.getpid(), SIGSEGV, ctypes.byref(siginfo))
    time.sleep(9)
client = socket.create_connection(listener.getsockname())
listener.close()
client.send(b"x")
assert os.WTERMSIG(os.waitpid(child, 0)[1]) == SIGSEGV
time.sleep(0.1)
client.send(b"x")
time.sleep(0.1)
try:
    client.send(b"x")
except BrokenPipeError:
    pass
END
    sleep 0.5
    kill -INT "$TOOL"
    await_tool
    local why
    why=$(jq -c 'select(.type == "verdict").why[0] | [.code, .signal, .origin, .sender.pid == .process.pid, .address]' "$OUT")
    equal "$why" '["killed","SIGSEGV","process",true,null]' 'the reason'
}

@test "a process that is asked again and again makes few events" {
    PORT=$(free_port)
    start_tool -j -P "$PORT"
    /usr/bin/python3 - << 'END'
import os, signal, sys
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    signal.signal(signal.SIGHUP, lambda *_: None)
    os.write(tell, b"r")
    while True:
        signal.pause()
os.read(ready, 1)
for _ in range(20000):
    os.kill(child, signal.SIGHUP)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
END
    kill -INT "$TOOL"
    await_tool
    # Others on this machine are asked and killed, too.
    (($(tail -n1 "$OUT" | jq .events.made) < 500)) || give_up "$(tail -n1 "$OUT")"
    equal "$(tail -n1 "$OUT" | jq .lost_events)" 0 'lost events'
}
