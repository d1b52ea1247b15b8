"""A story (see tests/stories/story.h for how one speaks) whose process outlives its own program file: a copy of the
interpreter, which it deletes. It stays until its verdict can have been reported."""

import os
import sys
import time

os.unlink(sys.executable)
print(f'{{"ready":true,"pid":{os.getpid()}}}', flush=True)
input()
reader, writer = os.pipe()
os.close(reader)
try:
    os.write(writer, b"in vain")
except BrokenPipeError:
    time.sleep(2)
