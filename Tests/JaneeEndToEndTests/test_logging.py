"""The log of `serve`: levels, forms, the file, and that no credential is in it."""

from __future__ import annotations

import json
import re
import stat
from datetime import datetime

import pytest

from support.config import one_api
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary

LEVELS = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
STARTED = "Janee MCP server started"


@pytest.fixture
def scene(home, upstream) -> JaneeHome:
    """A home with the service `api`; its directory is readable by others, which is a warning at the start."""
    home.configure(one_api(upstream.base_url), mode=0o644)
    return home


def run_server(home: JaneeHome, *arguments: str) -> str:
    """Serve one call, and return standard error."""
    server = home.serve(arguments=arguments)
    assert not server.execute(path="/x").is_error
    assert server.stop() == 0
    server.assert_clean_stdout()
    return server.stderr.decode()


@pytest.mark.parametrize("level", LEVELS)
def test_less_severe_lines_are_left_out(scene, level):
    shown = run_server(scene, "--log-level", level)
    written = re.findall(r"^janee: (\w+): ", shown, re.MULTILINE)
    assert all(LEVELS.index(found) >= LEVELS.index(level) for found in written), shown
    assert ("warning" in written) == (LEVELS.index(level) <= LEVELS.index("warning")), shown
    assert STARTED in shown


@pytest.mark.parametrize("level", LEVELS)
def test_every_line_is_json_if_that_is_asked_for(scene, level):
    shown = run_server(scene, "--log-level", level, "--log-format", "json")
    lines = [json.loads(line) for line in shown.splitlines()]
    assert all(LEVELS.index(line["level"]) >= LEVELS.index(level) for line in lines)
    for line in lines:
        assert list(line)[:3] == ["timestamp", "level", "message"] or line["event"] == "secret_accessed"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
        datetime.fromisoformat(line["timestamp"])
    assert any(line["level"] == "warning" for line in lines) == (LEVELS.index(level) <= LEVELS.index("warning"))
    assert any(STARTED in line.get("message", "") for line in lines) == (
        LEVELS.index(level) <= LEVELS.index("notice")
    )


def test_a_server_that_does_not_start_says_so_in_json(home):
    home.configure("services: 3\n")
    done = home.run("serve", "--log-format", "json").expect(1)
    (line,) = [json.loads(line) for line in done.errors.splitlines()]
    assert line["level"] == "critical" and "config.yaml:1:11" in line["message"]
    assert done.stdout == b""


@pytest.mark.parametrize("arguments", [("--log-level", "loud"), ("--log-format", "xml")])
def test_an_unknown_level_or_form_is_wrong_usage(home, arguments):
    done = home.run("serve", *arguments).expect(64)
    assert "critical" in done.errors or "json" in done.errors


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_file_gets_every_line_too(scene, log_format):
    file = scene.root / "janee.log"
    for run in (1, 2):
        shown = run_server(scene, "--log-file", str(file), "--log-format", log_format, "--log-level", "warning")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        lines = file.read_text().splitlines()
        expected = [line for line in shown.splitlines() if STARTED not in line]
        assert len(lines) == run * len(expected) and expected
        if log_format == "text":
            pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z janee: warning: .*"
            assert all(re.fullmatch(pattern, line) for line in lines)
            assert [line.split(" ", 1)[1] for line in lines[-len(expected) :]] == expected
        else:
            assert lines[-len(expected) :] == expected


def test_why_a_server_does_not_start_is_in_the_file(home):
    home.configure("services: 3\n")
    file = home.root / "janee.log"
    done = home.run("serve", "--log-file", str(file)).expect(1)
    assert "config.yaml:1:11" in done.errors and "config.yaml:1:11" in file.read_text()


@pytest.mark.parametrize("path", ["missing/janee.log", "."])
def test_a_file_that_cannot_be_used_is_told_at_the_start(home, path):
    done = home.run("serve", "--log-file", str(home.root / path)).expect(1)
    assert "log file cannot be used" in done.errors


def test_no_link_is_followed(home):
    (home.root / "target").touch()
    (home.root / "link").symlink_to(home.root / "target")
    done = home.run("serve", "--log-file", str(home.root / "link")).expect(1)
    assert "symbolic link" in done.errors and (home.root / "target").read_bytes() == b""


def test_a_renamed_file_is_made_anew(scene):
    file = scene.root / "janee.log"
    server = scene.serve(arguments=("--log-file", str(file), "--log-level", "info"))
    assert not server.execute(path="/1").is_error
    server.wait_for_stderr(STARTED)
    file.rename(scene.root / "old.log")
    scene.configure("services: 3\n")
    server.process.send_signal(1)
    server.wait_for_stderr("last good configuration")
    assert server.stop() == 0
    assert "last good configuration" in file.read_text()
    assert "last good configuration" not in (scene.root / "old.log").read_text()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_credential_is_in_any_line(scene, upstream, log_format):
    canary = plain_canary()
    scene.set_secret("api-key", canary)
    file = scene.root / "janee.log"
    server = scene.serve(arguments=("--log-file", str(file), "--log-level", "trace", "--log-format", log_format))
    assert not server.execute(path="/x").is_error
    upstream.close()
    assert server.execute(path="/y").is_error
    assert server.stop() == 0
    LeakDetector(canary).check(stderr=bytes(server.stderr), file=file.read_bytes())
