#!/usr/bin/env -S fish --no-config
# Prints what fish completes, one candidate a line; the last word is the unfinished one:
#
#   complete.fish COMPLETIONS WORD…
source $argv[1]
complete -C "$argv[2..]" | string replace -r '\t.*' ''
