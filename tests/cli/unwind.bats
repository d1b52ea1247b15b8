#!/usr/bin/env bats
# The stack of programs that are built without frame pointers, as nearly all are: up to main(), or where the thread began.
# bats file_tags=root

load helper
load stacks

# The program of this file, compiled for $BATS_TEST_TMPDIR/program.
build_program() {
    "${CXX_OR_CC:-cc}" -O2 -fomit-frame-pointer "$@" -o "$BATS_TEST_TMPDIR/program"
}

# A write deep below: called back by the C library, in a signal's handler. Its stack has a secret, beyond its first words.
deep_program() {
    cat > "$BATS_TEST_TMPDIR/deep.c" << 'END_OF_PROGRAM'
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile int descriptor, sink;

__attribute__((noinline)) void store_row(int fd)
{
	char row[400];

	for (int i = 0; i + 8 <= (int)sizeof(row); i += 8)
		memcpy(row + i, (char[]){'s', 'E', 'c', 'R', '0' + (sink & 1), 't', '7', '7'}, 8);
	sink += write(fd, row + sink % 2, 100);
	sink += row[sink & 63];
}

__attribute__((noinline)) int by_size(const void *one, const void *other)
{
	static int times;

	if (!times++)
		store_row(descriptor);
	sink++;
	return 0;
}

__attribute__((noinline)) void sort_rows(void)
{
	int rows[4] = {4, 3, 2, 1};

	qsort(rows, 4, sizeof(rows[0]), by_size);
	sink += rows[0];
}

__attribute__((noinline)) void on_signal(int number)
{
	sort_rows();
	sink += number;
}

__attribute__((noinline)) void do_work(void)
{
	raise(SIGUSR1);
	sink++;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	struct linger at_once = {1, 0};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, on_signal);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
	    connect(client, (struct sockaddr *)&address, sizeof(address)) ||
	    (descriptor = accept(listener, NULL, NULL)) < 0)
		return 1;
	setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client);
	usleep(200000);
	do_work();
	usleep(500000);
	return 0;
}
END_OF_PROGRAM
    build_program "$BATS_TEST_TMPDIR/deep.c"
}

watch_program() {
    PORT=$(free_port)
    start_tool -j -P "$PORT" --count 1 "$@"
    # Whatever the linker does, its code lies in the same places then.
    setarch -R "$BATS_TEST_TMPDIR/program" "$PORT" 3>&-
    await_tool
}

@test "a C program's stack goes through the C library, and through a signal's handler, up to main()" {
    deep_program
    watch_program
    stack_is stack write store_row by_size qsort_r sort_rows on_signal @libc.so.6 raise do_work main \
        __libc_start_call_main _start
    stack_is peer close main __libc_start_call_main _start
}

@test "a stripped program's stack has the same frames" {
    deep_program
    watch_program
    /usr/bin/python3 "$STACK_IS" "$OUT" print > "$BATS_TEST_TMPDIR/whole"
    strip "$BATS_TEST_TMPDIR/program"
    watch_program
    /usr/bin/python3 "$STACK_IS" "$OUT" print > "$BATS_TEST_TMPDIR/stripped"
    diff "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/stripped"
    (($(wc -l < "$BATS_TEST_TMPDIR/stripped") >= 12))
}

@test "what the compiler has inlined is shown, live and of a recording, where the file has debug information" {
    deep_program
    sed -i 's/__attribute__((noinline)) void \(do_work\|sort_rows\)/static inline __attribute__((always_inline)) void \1/' \
        "$BATS_TEST_TMPDIR/deep.c"
    build_program -g "$BATS_TEST_TMPDIR/deep.c"
    watch_program -w "$BATS_TEST_TMPDIR/recording"
    stack_is stack write store_row by_size qsort_r sort_rows on_signal @libc.so.6 raise do_work main _start
    local inlined='select(.type == "verdict") | .stack[] | select(.inlined and .module == "program") | "\(.function) \(.file | sub(".*/"; "")) \(.line > 0)"'
    equal "$(jq -r "$inlined" "$OUT")" $'sort_rows deep.c true\ndo_work deep.c true' 'what is inlined'
    run_tool report -j "$BATS_TEST_TMPDIR/recording"
    equal "$(jq -r "$inlined" <<< "$output")" "$(jq -r "$inlined" "$OUT")" 'of the recording'
    run_tool report "$BATS_TEST_TMPDIR/recording"
    contains "$output" 'do_work deep.c:'
}

@test "of a copied stack nothing but its addresses is recorded, and the report says the same" {
    deep_program
    watch_program -w "$BATS_TEST_TMPDIR/recording"
    /usr/bin/python3 "$STACK_IS" "$OUT" print > "$BATS_TEST_TMPDIR/live"
    run_tool report -j "$BATS_TEST_TMPDIR/recording"
    echo "$output" > "$OUT"
    /usr/bin/python3 "$STACK_IS" "$OUT" print > "$BATS_TEST_TMPDIR/replayed"
    diff "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replayed"
    stack_is stack write store_row main _start
    /usr/bin/python3 "$STACK_IS" "$BATS_TEST_TMPDIR/recording" unpack > "$BATS_TEST_TMPDIR/unpacked"
    grep -q store_row "$BATS_TEST_TMPDIR/unpacked" # it was unpacked
    run ! grep -q sEcR "$BATS_TEST_TMPDIR/unpacked"
}

@test "--no-stacks takes none" {
    deep_program
    watch_program --no-stacks
    lacks "$(< "$OUT")" '"stack":[{'
}

@test "a C++ program's stack goes from a thread's beginning through its templates" {
    cat > "$BATS_TEST_TMPDIR/thread.cpp" << 'END_OF_PROGRAM'
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

static volatile long sink;

namespace orders {
template <typename T> struct Flusher {
    __attribute__((noinline)) void flush(T fd) {
        sink = sink + ::send(fd, "x", 1, MSG_NOSIGNAL);
        sink = sink + 1;
    }
};
__attribute__((noinline)) void handle(int fd, const std::function<void()>& then) {
    Flusher<int>().flush(fd);
    then();
}
} // namespace orders

int main(int, char** argv) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<unsigned short>(std::atoi(argv[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    const linger at_once{1, 0};
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) || listen(listener, 1) ||
        connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)))
        return 1;
    const int server = accept(listener, nullptr, nullptr);
    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(client);
    usleep(200000);
    std::thread([server] { orders::handle(server, [] { sink = sink + 1; }); }).join();
    usleep(500000);
}
END_OF_PROGRAM
    CXX_OR_CC=c++ build_program -pthread "$BATS_TEST_TMPDIR/thread.cpp"
    watch_program
    stack_is stack send 'orders::Flusher<int>::flush' orders::handle @libstdc++.so.6 start_thread
}

@test "a Rust program's stack goes up to its main(), and to C's" {
    cat > "$BATS_TEST_TMPDIR/main.rs" << 'END_OF_PROGRAM'
use std::io::Write;
use std::net::{TcpListener, TcpStream};

#[inline(never)]
fn flush_orders(stream: &mut TcpStream) -> usize {
    stream.write(b"order").unwrap_or(7) + 1
}

fn main() {
    let port = std::env::args().nth(1).unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let client = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.write_all(b"unread").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    drop(client);
    std::thread::sleep(std::time::Duration::from_millis(200));
    println!("{}", flush_orders(&mut server));
    std::thread::sleep(std::time::Duration::from_millis(500));
}
END_OF_PROGRAM
    rustc -O -C force-frame-pointers=no -o "$BATS_TEST_TMPDIR/program" "$BATS_TEST_TMPDIR/main.rs"
    watch_program
    stack_is stack send flush_orders main __libc_start_call_main _start
}

# ── Programs as Debian builds them ──────────────────────────────────────────────────────────────

@test "curl: through libcurl up to its main()" {
    local port
    port=$(free_port)
    start_tool -j -P "$port"
    resetting_server "$port"
    # It lives on for a second: of a process that is gone, it is too late to ask what is mapped where.
    { echo one; sleep 0.6; echo two; } | curl -s --retry 1 --retry-all-errors --retry-delay 1 -H Expect: -T - \
        "http://127.0.0.1:$port/" 3>&- || true
    await_verdict
    stack_is stack send @libcurl.so.4 curl_multi_perform curl_easy_perform @curl __libc_start_call_main @curl
}

@test "python3: through its interpreter up to main()" {
    local port
    port=$(free_port)
    start_tool -j -P "$port"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/resetting.py" itself "$port" 3>&-
    await_verdict
    stack_is stack send _PyEval_EvalFrameDefault Py_RunMain Py_BytesMain __libc_start_call_main _start
    stack_is peer close _PyEval_EvalFrameDefault Py_RunMain Py_BytesMain __libc_start_call_main _start
}

# reset_proxy PORT BACKEND: a client of the proxy at PORT has reset its connection when the slow answer comes.
reset_proxy() {
    start_tool -j -P "$1"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/resetting.py" slow "$2" 3>&- &
    CHILDREN+=("$!")
    eventually is_listening "$2"
    reset_early "$1" $'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    await_verdict
}

@test "nginx: from its master through its worker's events to writev()" {
    local port backend folder=$BATS_TEST_TMPDIR/nginx
    port=$(free_port)
    backend=$(free_port)
    mkdir "$folder"
    cat > "$folder/nginx.conf" << END_OF_CONFIGURATION
daemon off; worker_processes 1; error_log $folder/error.log; pid $folder/pid;
events {}
http {
    access_log off; client_body_temp_path $folder/1; proxy_temp_path $folder/2; fastcgi_temp_path $folder/3;
    uwsgi_temp_path $folder/4; scgi_temp_path $folder/5;
    server { listen 127.0.0.1:$port; location / { proxy_pass http://127.0.0.1:$backend; proxy_ignore_client_abort on; } }
}
END_OF_CONFIGURATION
    nginx -c "$folder/nginx.conf" 3>&- &
    CHILDREN+=("$!")
    eventually is_listening "$port"
    reset_proxy "$port" "$backend"
    kill -QUIT "$(< "$folder/pid")"
    stack_is stack writev ngx_writev ngx_http_write_filter ngx_http_output_filter ngx_process_events_and_timers \
        ngx_spawn_process ngx_master_process_cycle main __libc_start_call_main _start
}

@test "redis: from main() through its event loop to write()" {
    local port
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$BATS_TEST_TMPDIR" 3>&- > /dev/null &
    CHILDREN+=("$!")
    eventually is_listening "$port"
    start_tool -j -P "$port"
    reset_early "$port" $'EVAL "for i = 1, 300000000 do end" 0\r\n'
    await_verdict
    stack_is stack write writeToClient handleClientsWithPendingWrites beforeSleep aeMain main __libc_start_call_main _start
}

@test "haproxy: from main() through its tasks to send()" {
    local port backend
    port=$(free_port)
    backend=$(free_port)
    cat > "$BATS_TEST_TMPDIR/haproxy.cfg" << END_OF_CONFIGURATION
defaults
    mode http
    timeout client 9s
    timeout server 9s
    timeout connect 9s
frontend f
    bind 127.0.0.1:$port
    default_backend b
backend b
    server s 127.0.0.1:$backend
END_OF_CONFIGURATION
    haproxy -db -f "$BATS_TEST_TMPDIR/haproxy.cfg" 3>&- > /dev/null 2>&1 &
    CHILDREN+=("$!")
    eventually is_listening "$port"
    reset_proxy "$port" "$backend"
    stack_is stack send process_stream run_tasks_from_lists process_runnable_tasks run_poll_loop
}

# Of node, whichever version: after its busy time it answers a client that has reset the connection.
node_program() {
    cat > "$BATS_TEST_TMPDIR/orders.js" << 'END_OF_PROGRAM'
const net = require('net');
function sendReply(socket) { socket.write('reply'); }
function onRequest(socket) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
    sendReply(socket);
}
net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => onRequest(socket));
}).listen(+process.argv[2], '127.0.0.1');
END_OF_PROGRAM
}

@test "node: from main() through libuv's events and V8 to write()" {
    node_program
    reset_server env -C "$BATS_TEST_TMPDIR" node "$BATS_TEST_TMPDIR/orders.js"
    stack_is stack write 'v8::internal::*' 'node::*MakeCallback*' uv_run 'node::Start*' __libc_start_call_main @node
}

@test "node: with a perf map the script's own functions have names" {
    node_program
    reset_server env -C "$BATS_TEST_TMPDIR" node --perf-basic-prof --interpreted-frames-native-stack "$BATS_TEST_TMPDIR/orders.js"
    rm "/tmp/perf-$SERVER.map"
    stack_is stack write '*~sendReply */orders.js:2*' '*~onRequest */orders.js:3*' 'node::*MakeCallback*' uv_run \
        'node::Start*' __libc_start_call_main @node
}

@test "node: code that is compiled while it runs is no less code" {
    node_program
    reset_server env -C "$BATS_TEST_TMPDIR" node --always-sparkplug --perf-basic-prof "$BATS_TEST_TMPDIR/orders.js"
    rm "/tmp/perf-$SERVER.map"
    stack_is stack write '*sendReply */orders.js:2*' '*onRequest */orders.js:3*' 'node::*MakeCallback*' uv_run \
        'node::Start*' __libc_start_call_main @node
}
