#!/usr/bin/env bats
# The tool has one thread: nothing in it is made for more.
# bats file_tags=root

load helper

@test 'it has one thread, and its reader of names is a process of one thread' {
    start_pipe_story
    start_tool -j -p "$SUBJECT"
    report_story
    eventually grep -q '"type":"verdict"' "$OUT"
    local process threads
    for process in "$TOOL" $(< "/proc/$TOOL/task/$TOOL/children"); do
        threads=("/proc/$process/task"/*)
        equal "${#threads[@]}" 1 "threads of $process"
    done
}
