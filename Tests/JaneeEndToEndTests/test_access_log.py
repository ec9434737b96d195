"""The access log: every read of a secret, whether it was had, never the secret."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support.config import capability, one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary, random_letters

KEYS = ["timestamp", "level", "event", "provider", "path", "success", "latencyMs"]
READS = 150


def files(home: JaneeHome) -> list[Path]:
    """The files of the log, oldest first."""
    return sorted((home.path / "access").glob("*"))


def lines(home: JaneeHome) -> list[dict[str, Any]]:
    """All lines of the log."""
    return [json.loads(line) for file in files(home) for line in file.read_text().splitlines()]


@pytest.fixture
def scene(home, upstream) -> JaneeHome:
    """A home with the service `api`, and one whose key is not stored."""
    config = one_api(upstream.base_url)
    config["services"]["lost"] = service(upstream.base_url, "local://team/lost")
    config["capabilities"]["lost"] = capability("lost")
    home.configure(config)
    return home


def test_a_call_leaves_a_line_with_the_keys_of_the_rfc(scene):
    before = datetime.now(UTC)
    server = scene.serve()
    assert not server.execute(path="/x").is_error
    assert server.stop() == 0
    (line,) = lines(scene)
    assert list(line) == KEYS
    assert (line["level"], line["event"]) == ("info", "secret_accessed")
    assert (line["provider"], line["path"], line["success"]) == ("local", "api-key", True)
    assert isinstance(line["latencyMs"], int) and line["latencyMs"] >= 0
    moment = datetime.fromisoformat(line["timestamp"])
    assert line["timestamp"].endswith("Z")
    assert (before - moment).total_seconds() < 0.001 and moment <= datetime.now(UTC)
    (file,) = files(scene)
    assert file.name == f"{moment:%Y-%m-%d}.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_failed_read_has_its_code(scene):
    server = scene.serve()
    assert server.execute(capability="lost").code == "SECRET_NOT_FOUND"
    assert server.stop() == 0
    line = lines(scene)[-1]
    assert list(line) == [*KEYS, "code"]
    assert (line["path"], line["success"], line["code"]) == ("team/lost", False, "SECRET_NOT_FOUND")


def test_a_key_pasted_as_a_reference_is_not_in_it(scene, upstream):
    pasted = plain_canary()
    scene.configure({"services": {"api": service(upstream.base_url, pasted)}, "capabilities": {"api": capability()}})
    server = scene.serve()
    assert server.execute().code == "SECRET_NOT_FOUND"
    assert server.stop() == 0
    assert scene.run("secret", "get", pasted).code == 1
    found = lines(scene)
    assert [line["code"] for line in found] == ["SECRET_NOT_FOUND"] * 2
    assert all("path" not in line for line in found)
    assert pasted not in "".join(file.read_text() for file in files(scene))


def test_the_command_that_reads_a_secret_leaves_a_line(scene):
    scene.run("secret", "get", "api-key", "--reveal").expect(0)
    scene.run("secret", "get", "local://team/lost", "--json").expect(1)
    assert [(line["path"], line["success"]) for line in lines(scene)] == [("api-key", True), ("team/lost", False)]


def test_what_reads_no_secret_leaves_none(scene):
    for command in ("secret list", "config validate", "list", "status", "diagnose access api", "secret parse a"):
        scene.run(*command.split()).expect(0)
    assert files(scene) == []


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_stream_has_it_at_level_info_only(scene, log_format):
    server = scene.serve(arguments=("--log-format", log_format))
    assert not server.execute(path="/x").is_error
    assert server.stop() == 0
    assert b"secret_accessed" not in server.stderr
    server = scene.serve(arguments=("--log-format", log_format, "--log-level", "info"))
    assert not server.execute(path="/x").is_error
    assert server.stop() == 0
    (shown,) = [line for line in server.stderr.splitlines() if b"secret_accessed" in line]
    assert json.loads(shown) == lines(scene)[-1]


def test_two_servers_and_a_command_append_at_once(scene):
    servers = [scene.serve() for _ in range(2)]

    def read(server) -> None:
        for number in range(READS):
            assert not server.execute(path=f"/{number}").is_error

    threads = [threading.Thread(target=read, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for _ in range(5):
        scene.run("secret", "get", "api-key").expect(0)
    for thread in threads:
        thread.join()
    assert [server.stop() for server in servers] == [0, 0]
    found = lines(scene)
    assert len(found) == 2 * READS + 5
    assert all(list(line) == KEYS for line in found)


def test_what_is_in_the_way_is_a_warning_and_nothing_else(scene):
    (scene.path / "access").write_text("in the way")
    server = scene.serve()
    for number in range(3):
        assert not server.execute(path=f"/{number}").is_error
    assert server.stop() == 0
    assert server.stderr.count(b"the access log is not written") == 1
    done = scene.run("secret", "get", "api-key").expect(0)
    assert "the access log is not written" in done.errors


def test_a_directory_that_others_can_write_is_not_used(scene):
    directory = scene.path / "access"
    directory.mkdir()
    directory.chmod(0o777)
    done = scene.run("secret", "get", "api-key").expect(0)
    assert "the access log is not written" in done.errors and "chmod 700" in done.errors
    assert files(scene) == []


def test_no_secret_is_in_it(scene):
    canary = plain_canary()
    scene.set_secret("api-key", canary)
    server = scene.serve(arguments=("--log-level", "trace"))
    assert not server.execute(path="/x").is_error
    assert server.execute(capability="lost").is_error
    assert server.stop() == 0
    scene.run("secret", "get", "api-key", "--reveal").expect(0)
    assert len(lines(scene)) == 3
    LeakDetector(canary).check(
        access=b"".join(file.read_bytes() for file in files(scene)), stderr=bytes(server.stderr)
    )


def test_a_name_that_holds_a_credential_is_redacted(scene):
    token = "ghp_" + random_letters(36)
    scene.run("secret", "get", f"local://team/{token}").expect(1)
    (line,) = lines(scene)
    assert line["path"] == "team/***"
