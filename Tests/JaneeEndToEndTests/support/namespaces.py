"""Beginnings of command lines that give a program a world of its own: other authorities, no network, no privileges."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TRUST_STORES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
"""The files from which programs take the authorities that the system trusts, the first that exists."""


def unshare(*namespaces: str) -> list[str]:
    """Run what follows in new namespaces; skips the test where there can be none."""
    command = [shutil.which("unshare") or "unshare", *namespaces]
    for attempt in (command, [*command, "--map-root-user"]):
        try:
            if subprocess.run([*attempt, "true"], capture_output=True).returncode == 0:
                return attempt
        except FileNotFoundError:
            break
    pytest.skip("namespaces are not available")


def trusting(authorities: Path) -> list[str]:
    """Run what follows where the system trusts these authorities (a PEM file) and no others."""
    store = next((store for store in TRUST_STORES if os.path.isfile(store)), None)
    if store is None:
        pytest.skip("this system has no file with the authorities that it trusts")
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    return [*unshare("--mount"), "sh", "-c", script, str(authorities), store]


def with_a_small_disk(directory: Path, kibibytes: int) -> list[str]:
    """Run what follows where a directory is an empty disk of this size; see `inside` for how to look at it."""
    script = 'mount -t tmpfs -o size="$1"k,mode=700 janee-test "$0" && shift && exec "$@"'
    return [*unshare("--mount"), "sh", "-c", script, str(directory), str(kibibytes)]


def inside(process: int, path: Path) -> Path:
    """A path as a process sees it."""
    return Path(f"/proc/{process}/root{path}")


def without_network() -> list[str]:
    """Run what follows where there is no network at all, so that no name resolves."""
    return unshare("--net")


def without_privileges() -> list[str]:
    """Run what follows as a user whom the modes of files concern, which root is not."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]
