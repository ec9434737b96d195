# Shared by the scripts of this directory: where things are, and installing what is missing.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${JANEE_CACHE:-$root/.cache}
cd "$root"

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The Swift toolchain is the one thing that no package manager installs for us.
need_swift() {
    command -v swift >/dev/null 2>&1 || PATH=/opt/swift/usr/bin:$PATH
    command -v swift >/dev/null 2>&1 ||
        fail "no 'swift' on the PATH; install Swift 6.2 or later from https://www.swift.org/install/"
}

# need_command COMMAND DEBIAN-PACKAGE
need_command() {
    command -v "$1" >/dev/null 2>&1 || need_package "$2"
}

need_package() {
    command -v apt-get >/dev/null 2>&1 || fail "install $1 (the name of Debian's package) and try again"
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    say "installing $1"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# A Python environment with what the end-to-end tests need, made anew when the requirements change.
need_python() {
    need_command python3 python3
    local requirements=$root/Tests/JaneeEndToEndTests/requirements.txt
    python=$cache/venv/bin/python
    if ! [ -x "$python" ] || ! cmp -s "$requirements" "$cache/venv/requirements.txt"; then
        say "installing the Python packages of the end-to-end tests"
        mkdir -p "$cache"
        rm -rf "$cache/venv"
        python3 -m venv "$cache/venv" 2>/dev/null || {
            rm -rf "$cache/venv"
            need_package python3-venv
            python3 -m venv "$cache/venv"
        }
        "$python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        cp "$requirements" "$cache/venv/requirements.txt"
    fi
}
