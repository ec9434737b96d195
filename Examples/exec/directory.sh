#!/bin/sh
# A provider of summon's convention: the path is the argument, the value goes to standard output.
# It reads files of a directory that only its owner can read; exit status 10 means that there is no such secret.
set -eu
store=${SECRETS_DIRECTORY:-$HOME/.secrets}
case $1 in
/* | *..*) exit 1 ;;
esac
[ -f "$store/$1" ] || exit 10
cat "$store/$1"
# One line break at the end is not part of the value.
echo
