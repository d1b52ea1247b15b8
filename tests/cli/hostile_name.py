"""A story (see tests/stories/story.h for how one speaks) whose process bears a name that is not for a terminal."""

import os
import signal

# A color, a line feed, a quote, a byte that is no UTF-8, and "from right to left": 12 of the 15 bytes that there are.
NAME = b'\x1b[31mE\n"\xff\xe2\x80\xae'

with open("/proc/self/comm", "wb", buffering=0) as comm:
    comm.write(NAME)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print(f'{{"ready":true,"pid":{os.getpid()}}}', flush=True)
input()
reader, writer = os.pipe()
os.close(reader)
os.write(writer, b"in vain")
