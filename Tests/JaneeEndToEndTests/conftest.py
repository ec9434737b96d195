"""Fixtures: the built binary, a home of its own for every test, upstream servers."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.home import JaneeHome
from support.nginx import Nginx
from support.upstream import Upstream

# A shell that starts the tests in the background has them ignore this signal, and every program they start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary() -> Path:
    """The program under test."""
    path = Path(os.environ.get("JANEE_BINARY") or REPOSITORY / ".build" / "debug" / "janee").absolute()
    if not os.access(path, os.X_OK):
        pytest.fail(f"no program at {path}: build it with 'swift build' or set JANEE_BINARY", pytrace=False)
    return path


@pytest.fixture(scope="session")
def api_key() -> str:
    """The key that every prepared home stores as `api-key`."""
    return "key-" + secrets.token_hex(20)


@pytest.fixture(scope="session")
def prepared_home(binary: Path, api_key: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home made by `init` and `secret set`, to be copied."""
    home = JaneeHome(binary, tmp_path_factory.mktemp("prepared"))
    home.run("init").expect(0)
    home.set_secret("api-key", api_key)
    return home.path


@pytest.fixture
def empty_home(binary: Path, tmp_path: Path) -> Iterator[JaneeHome]:
    """A home that does not exist yet."""
    home = JaneeHome(binary, tmp_path)
    yield home
    home.dispose()


@pytest.fixture
def home(empty_home: JaneeHome, prepared_home: Path) -> JaneeHome:
    """A home with the secret `api-key`, without services."""
    empty_home.adopt(prepared_home)
    return empty_home


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A scripted upstream on a port of its own."""
    server = Upstream()
    yield server
    server.close()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """An nginx on a port of its own."""
    if not Nginx.is_installed():
        pytest.skip("nginx is not installed")
    server = Nginx(tmp_path / "nginx")
    yield server
    server.close()
