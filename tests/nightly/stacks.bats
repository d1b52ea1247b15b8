#!/usr/bin/env bats
# The stacks of programs whose compilers are too large to be installed for each change, and of a server that has to answer
# within a time: scripts/nightly.
# bats file_tags=root
# shellcheck disable=SC2030,SC2031 # a function of the same test

bats_require_minimum_version 1.5.0

load ../cli/helper
load ../cli/stacks

go_program() {
    cat > "$BATS_TEST_TMPDIR/orders.go" << 'END_OF_PROGRAM'
package main

import (
	"net"
	"os"
	"time"
)

//go:noinline
func reply(connection net.Conn) int {
	count, _ := connection.Write([]byte("reply"))
	return count + 1
}

//go:noinline
func handle(connection net.Conn) int {
	connection.Read(make([]byte, 100))
	time.Sleep(800 * time.Millisecond)
	return reply(connection) + 1
}

func main() {
	listener, _ := net.Listen("tcp", "127.0.0.1:"+os.Args[len(os.Args)-1])
	for {
		connection, _ := listener.Accept()
		if os.Args[1] == "here" {
			handle(connection)
		} else {
			go handle(connection)
		}
	}
}
END_OF_PROGRAM
    (cd "$BATS_TEST_TMPDIR" && GOCACHE=$PWD/cache GOPATH=$PWD GO111MODULE=off go build "$@" -o orders orders.go)
}

@test "go: from where its goroutine begins to write()" {
    go_program
    reset_server "$BATS_TEST_TMPDIR/orders" there
    stack_is stack '*Syscall6*' syscall.write 'internal/poll.(*FD).Write' 'net.(*conn).Write' main.reply main.handle \
        'main.main.func1' 'runtime.goexit*'
}

@test "go: from its main(), and as many frames where it is stripped" {
    local whole
    go_program
    reset_server "$BATS_TEST_TMPDIR/orders" here
    stack_is stack '*Syscall6*' syscall.write main.reply main.handle main.main runtime.main 'runtime.goexit*'
    whole=$(/usr/bin/python3 "$STACK_IS" "$OUT" print | wc -l)
    go_program -ldflags '-s -w'
    reset_server "$BATS_TEST_TMPDIR/orders" here
    equal "$(/usr/bin/python3 "$STACK_IS" "$OUT" print | wc -l)" "$whole" 'frames'
}

java_program() {
    cat > "$BATS_TEST_TMPDIR/Orders.java" << 'END_OF_PROGRAM'
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class Orders {
    static void reply(OutputStream out) throws IOException {
        out.write("reply".getBytes());
    }

    static void handle(Socket socket) throws Exception {
        socket.getInputStream().read(new byte[100]);
        Thread.sleep(socket.isClosed() ? 0 : 800);
        reply(socket.getOutputStream());
    }

    public static void main(String[] arguments) throws Exception {
        ServerSocket listener = new ServerSocket(Integer.parseInt(arguments[0]), 5, InetAddress.getByName("127.0.0.1"));
        while (true)
            try (Socket socket = listener.accept()) {
                handle(socket);
            } catch (IOException e) {
                System.out.println(e);
            }
    }
}
END_OF_PROGRAM
    javac -d "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/Orders.java"
}

@test "java: from the thread's beginning through the interpreter to write()" {
    java_program
    reset_server java -Xint -cp "$BATS_TEST_TMPDIR" Orders
    stack_is stack write '*write0*' 'JavaCalls::call_helper*' JavaMain start_thread '*clone*'
}

# All that it has compiled gets a name; with a first request it has compiled what answers.
name_compiled() {
    reset_early "$1" hello
    jcmd "$SERVER" Compiler.perfmap
}

@test "java: what it has compiled has names with a perf map" {
    java_program
    BEFORE=name_compiled reset_server java -Xcomp '-XX:CompileCommand=compileonly,Orders::*' \
        '-XX:CompileCommand=dontinline,Orders::*' -XX:+PreserveFramePointer -cp "$BATS_TEST_TMPDIR" Orders
    rm -f "/tmp/perf-$SERVER.map"
    stack_is stack write '*write0*' '*Orders.reply*' Interpreter '*Orders.main*' 'JavaCalls::call_helper*' JavaMain start_thread '*clone*'
}

@test "postgres: from main() through its backend to send()" {
    local bin folder
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
    folder=$(mktemp -d)
    chown "$NOBODY" "$folder"
    local as_nobody=(setpriv "--reuid=$NOBODY" --clear-groups env -C "$folder")
    "${as_nobody[@]}" "$bin/initdb" --pgdata="$folder/data" --username=nobody --auth=trust --no-sync --no-locale > /dev/null
    # It logs the failure, and ends; its log is full, so that it lives on until it was looked at.
    mkfifo -m 666 "$folder/log"
    # A client's greeting, and "Q", a query, of as many bytes as follow.
    REQUEST='\0\0\0\x27\0\x03\0\0user\0nobody\0database\0postgres\0\0Q\0\0\0\x19select pg_sleep(0.8)\0' BEFORE=fill_log \
        reset_server "${as_nobody[@]}" bash -c 'exec 2<> log; exec "$@"' postgres "$bin/postgres" -D "$folder/data" \
        -h 127.0.0.1 -k "$folder" -F -p
    cat "$folder/log" > /dev/null 3>&- &
    CHILDREN+=("$!")
    kill -QUIT "$SERVER"
    eventually is_over "$SERVER"
    rm -r "$folder"
    stack_is stack send secure_write @postgres PostgresMain PostmasterMain main __libc_start_call_main _start
}
fill_log() { ! timeout 0.5 cat /dev/zero > "$folder/log" 3>&-; }
