#!/usr/bin/env bats
# What is to be watched must be there.

load helper

@test "a pid of no process is said at once" {
    local gone
    sleep 0 & # ended and waited for: its pid is free
    gone=$!
    wait "$gone"
    refused_as 1 "there is no process with pid $gone" -p "$gone"
}

@test "one missing pid of a list is named" {
    refused_as 1 'there is no process with pid 4194304' -p "$$,4194304"
}

@test "a thread is not a process, and the process is named" {
    local ids
    /usr/bin/python3 -u -c '
import os, threading, time
threading.Thread(target=lambda: (print(os.getpid(), threading.get_native_id()), time.sleep(60)), daemon=True).start()
time.sleep(60)' > "$OUT" 3>&- &
    CHILDREN+=($!)
    eventually test -s "$OUT"
    read -ra ids < "$OUT"
    refused_as 1 "${ids[1]} is a thread, not a process" -p "${ids[1]}"
    contains "$stderr" "-p ${ids[0]}"
}

@test "a zombie has ended already" {
    local zombie
    # It ends when its parent is no shell any more, which would wait for it.
    # shellcheck disable=SC2016 # for the inner shell
    bash -c '(until [[ $(readlink "/proc/$$/exe") == */sleep ]]; do sleep 0.02; done) & echo $!; exec sleep 60' \
        > "$OUT" 3>&- &
    CHILDREN+=($!)
    eventually test -s "$OUT"
    read -r zombie < "$OUT"
    eventually grep -q '^State:.*Z' "/proc/$zombie/status"
    refused_as 1 "the process with pid $zombie has ended" -p "$zombie"
    contains "$stderr" zombie
}

# bats test_tags=root
@test "a port or a name that nobody has is said after ten seconds, once" {
    local port
    port=$(free_port)
    run_tool -P "$port" -d 11
    equal "$status" 0 'exit code'
    equal "$(grep -c 'nothing to watch so far' <<< "$stderr")" 1 'how often it is said'
    contains "$stderr" "nothing to watch so far (port $port): in 10 s no process had such a TCP socket"
    contains "$stderr" 'ss -tanp'
    run_tool -j -n no-such-name -d 11
    contains "$stderr" 'nothing to watch so far (processes named no-such-name)'
    equal "$(wc -l <<< "$output")" 2 'lines of JSON'
}

# Others break theirs all the time; the filter lets none of it through to what is reported, but some of it to the reader.
break_connections_of_others() {
    /usr/bin/python3 - 3>&- << 'END' &
import os, socket, struct, time
os.setpriority(os.PRIO_PROCESS, 0, 10)
while True:
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far = listener.accept()[0]
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near.close()
    for _ in range(2):
        try:
            far.send(b"x")
        except OSError:
            pass
    far.close()
    listener.close() # the reader is reported of each: what waits in it would be reset
    time.sleep(0.05)
END
    CHILDREN+=("$!")
}

# bats test_tags=root
@test "a mistyped name is said where others break their connections meanwhile" {
    break_connections_of_others
    run_tool -n ngnix -d 11
    contains "$stderr" 'nothing to watch so far (processes named ngnix)'
}

# bats test_tags=root
@test "a name whose connection broke, and is gone since, is somebody's" {
    start_story "$STORIES/close_then_write_twice" --port "$(free_port)"
    start_tool -n orders-api
    report_story
    sleep 11
    lacks "$(cat "$ERR")" 'nothing to watch'
    kill -INT "$TOOL"
    await_tool
    contains "$(cat "$OUT")" SIGPIPE
}

# bats test_tags=root
@test "a port on which somebody listens, or has come to, is not said to be nobody's" {
    local port
    port=$(free_port)
    start_tool -P "$port"
    /usr/bin/python3 -c "import socket, time; s = socket.create_server(('127.0.0.1', $port)); time.sleep(60)" 3>&- &
    CHILDREN+=($!)
    sleep 11
    lacks "$(cat "$ERR")" 'nothing to watch'
    kill -INT "$TOOL"
    await_tool
    run_tool -P "$port" -d 11
    lacks "$stderr" 'nothing to watch'
}
