#!/usr/bin/zsh -f
# Prints what zsh completes, one candidate a line; the last word is the unfinished one:
#
#   complete.zsh COMPLETIONS WORD…
#
# A zsh in a terminal of its own is given the words and a tab; what it would offer is written to a file.
zmodload zsh/zpty || exit 1
folder=$(mktemp -d) || exit 1
trap 'zpty -d shell 2> /dev/null; rm -rf $folder' EXIT
cp $1 $folder/_tcpblame
shift

cat > $folder/.zshrc << 'END'
PROMPT=
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  local -a hits folder
  if [[ ${@[1,(i)(-|--)]} != *-[OAD](| *) ]]; then
    builtin compadd -A hits "$@"
    zparseopts -E p:=folder
    print -rl -- "$IPREFIX$folder[2]"${^hits} >> $ZDOTDIR/offered
  fi
  builtin compadd "$@"
}
finished() { : > $ZDOTDIR/finished }
comppostfuncs=(finished)
: > $ZDOTDIR/ready
END

await() {
  repeat 1500; do
    [[ ! -e $folder/$1 ]] || return 0
    zpty -rt shell said '*' && output+=$said
    sleep 0.01
  done
  print -r "zsh is not $1; it said: $output" >&2
  exit 1
}
export ZDOTDIR=$folder TERM=dumb
zpty -b shell zsh -di
await ready
zpty -w -n shell "$*"$'\t'
await finished
[[ ! -e $folder/offered ]] || sort -u $folder/offered | grep .
