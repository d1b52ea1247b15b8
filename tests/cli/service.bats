#!/usr/bin/env bats
# What a service manager hears (sd_notify(3)).
# bats file_tags=root

load helper

# listen ADDRESS: what comes there, a line each, in $HEARD.
listen() {
    HEARD=$BATS_TEST_TMPDIR/heard
    /usr/bin/python3 - "$1" > "$HEARD" 3>&- << 'END' &
import os, socket, sys
address = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\0" + address[1:] if address[0] == "@" else address)
if address[0] == "/":
    os.chmod(address, 0o777)
print("listens", flush=True)
while True:
    print(manager.recv(4096).decode(), end="", flush=True)
END
    CHILDREN+=($!)
    eventually grep -q listens "$HEARD" || give_up 'nobody listens'
}

hears() { grep -q "^$1" "$HEARD"; }

@test "it says when it is ready, that it lives, and when it ends" {
    local folder
    folder=$(mktemp -d) # the tool becomes nobody
    chmod 755 "$folder"
    listen "$folder/notify"
    RUN_BY=(NOTIFY_SOCKET="$folder/notify" WATCHDOG_USEC=400000)
    start_tool -j -P 1
    eventually hears READY=1 || give_up "$(cat "$HEARD")"
    hears 'STATUS=watching port 1'
    sleep 1
    (($(grep -c WATCHDOG=1 "$HEARD") >= 3)) || give_up "$(cat "$HEARD")"
    stop_tool
    eventually hears STOPPING=1 || give_up "$(cat "$HEARD")"
    rm -r "$folder"
}

@test "an abstract address will do, and a watchdog of another process is none of its" {
    listen "@tcpblame-test-$$"
    RUN_BY=(NOTIFY_SOCKET="@tcpblame-test-$$" WATCHDOG_USEC=100000 WATCHDOG_PID=1)
    start_tool record -w "$BATS_TEST_TMPDIR/recording" -P 1
    eventually hears READY=1 || give_up "$(cat "$HEARD")"
    sleep 0.5
    stop_tool
    eventually hears STOPPING=1 || give_up "$(cat "$HEARD")"
    lacks "$(cat "$HEARD")" WATCHDOG
}

@test "where nobody listens, it runs all the same; of run, the manager is the command's" {
    RUN_BY=(NOTIFY_SOCKET=/nowhere WATCHDOG_USEC=100000)
    start_tool -j -P 1
    stop_tool
    RUN_BY=()
    run --separate-stderr env NOTIFY_SOCKET=/nowhere "$TCPBLAME" run -- env
    contains "$output" NOTIFY_SOCKET=/nowhere
}
