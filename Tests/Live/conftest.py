"""Fixtures: the built binary, the server with what the tests make in it, and a home of its own for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.janee import Janee
from live.server import Server, Site
from support.home import JaneeHome
from support.upstream import Upstream

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def server() -> Server:
    """The server under test."""
    missing = [name for name in ("VAULT_ADDR", "VAULT_TOKEN") if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no server: {' and '.join(missing)} not set")
    return Server.from_environment()


@pytest.fixture(scope="session")
def site(server: Server) -> Iterator[Site]:
    """Where the tests make mounts, roles and policies; all of them are removed at the end."""
    site = Site(server)
    yield site
    site.remove()


@pytest.fixture(scope="session")
def kv(site: Site) -> str:
    """An engine of version 2 that the tests share."""
    return site.kv(2)


@pytest.fixture(scope="session")
def reader(site: Site, kv: str) -> str:
    """The policy of least privilege: to read what is in `kv` but for `denied/`."""
    return site.policy({f"{kv}/data/*": ["read"], f"{kv}/data/denied/*": ["deny"]})


@pytest.fixture(scope="session")
def binary() -> Path:
    """The program under test."""
    path = Path(os.environ.get("JANEE_BINARY") or REPOSITORY / ".build" / "debug" / "janee").absolute()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}: build it with 'swift build' or set JANEE_BINARY", pytrace=False)
    return path


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """An API that takes every key, and remembers it."""
    upstream = Upstream()
    yield upstream
    upstream.close()


@pytest.fixture
def janee(binary: Path, tmp_path: Path, server: Server, upstream: Upstream) -> Iterator[Janee]:
    """A home whose configuration the test writes."""
    home = JaneeHome(binary, tmp_path)
    home.path.mkdir(mode=0o700)
    yield Janee(home, server, upstream)
    home.dispose()
