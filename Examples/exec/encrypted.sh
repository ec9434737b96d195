#!/bin/sh
# A provider of summon's convention over files that openssl has encrypted with a passphrase:
#
#   openssl enc -aes-256-cbc -pbkdf2 -pass file:PASSPHRASE_FILE -out STORE/NAME.enc
#
# SECRETS_DIRECTORY is the store, SECRETS_PASSPHRASE_FILE the file of the passphrase: no passphrase is an argument.
set -eu
case $1 in
/* | *..*) exit 1 ;;
esac
file=$SECRETS_DIRECTORY/$1.enc
[ -f "$file" ] || exit 10
[ -r "$SECRETS_PASSPHRASE_FILE" ] || exit 11
openssl enc -d -aes-256-cbc -pbkdf2 -pass "file:$SECRETS_PASSPHRASE_FILE" -in "$file"
# One line break at the end is not part of the value.
echo
