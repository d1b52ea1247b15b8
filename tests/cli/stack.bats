#!/usr/bin/env bats
# The stack of a failing write, where frame pointers lead nowhere.
# bats file_tags=root

load helper

# Writes in vain with a frame pointer as code that is built without them has it: what it points to is no frame.
build_program() {
    [[ $(uname -m) == x86_64 ]] || give_up 'the program is written for x86-64'
    cc -O2 -mno-red-zone -o "$1" -x c - << 'END_OF_PROGRAM'
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a frame pointer that is none may point to: nothing, and the program's data, "/googlet" and "/googl". */
static const unsigned long no_frames[3][2] = {{0, 0x2c}, {0, 0x74656c676f6f672f}, {0, 0x6c676f6f672f}};
static const unsigned long *no_frame;

static long write_from_nowhere(long fd)
{
	long result = SYS_write;

	__asm__ volatile("push %%rbp; mov %[frame], %%rbp; syscall; pop %%rbp"
			 : "+a"(result)
			 : "D"(fd), "S"("x"), "d"(1L), [frame] "r"(no_frame)
			 : "rcx", "r11", "memory");
	return result;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;

	no_frame = no_frames[atoi(argv[1])];
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	signal(SIGPIPE, SIG_IGN);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
	    connect(client, (struct sockaddr *)&address, sizeof(address)) || (server = accept(listener, NULL, NULL)) < 0)
		return 1;
	close(client);
	write_from_nowhere(server);
	usleep(200000);
	return write_from_nowhere(server) != -32; /* EPIPE */
}
END_OF_PROGRAM
}

@test "a stack ends where the walk along frame pointers has lost its way" {
    local port
    build_program "$BATS_TEST_TMPDIR/program"
    port=$(free_port)
    start_tool -j -P "$port" --count 1
    "$BATS_TEST_TMPDIR/program" 0 "$port" 3>&-
    await_tool
    /usr/bin/python3 - "$OUT" << 'END_OF_CHECK'
import json, sys
verdict, = [line for line in map(json.loads, open(sys.argv[1])) if line["type"] == "verdict"]
assert verdict["write"]["error"] == "EPIPE", verdict
assert verdict["stack"], "not even the caller of the system call"
for frame in verdict["stack"]:
    assert frame.get("offset", 0) < 1 << 47, frame
    assert int(frame["address"], 16) > 4096, frame
END_OF_CHECK
}

@test "a word of the program's data is no frame, and reaches no output" {
    local port data
    build_program "$BATS_TEST_TMPDIR/program"
    for data in 1 2; do
        port=$(free_port)
        start_tool -j -P "$port" --count 1 -w "$BATS_TEST_TMPDIR/recording-$data"
        "$BATS_TEST_TMPDIR/program" "$data" "$port" 3>&-
        await_tool
        contains "$(< "$OUT")" '"stack":['
        lacks "$(< "$OUT")" '6c676f6f672f' # in hex, as an address
        run_tool report "$BATS_TEST_TMPDIR/recording-$data"
        lacks "$output" '6c676f6f672f'
    done
}
