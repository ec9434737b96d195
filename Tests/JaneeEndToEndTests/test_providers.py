"""The provider commands, and the providers that take secrets from the environment and from other programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from support.config import capability, one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary

EXAMPLES = Path(__file__).resolve().parents[2] / "Examples" / "exec"


class Tool:
    """One of the example programs over secrets of the test."""

    def __init__(self, name: str, root: Path, secrets: dict[str, str]) -> None:
        root.mkdir(mode=0o700)
        self.environment = {"SECRETS_DIRECTORY": str(root), "SECRETS_FILE": str(root / "secrets.json")}
        self.environment["SECRETS_PASSPHRASE_FILE"] = str(root / "passphrase")
        self.config: dict[str, Any] = {"type": "exec", "passEnvironment": list(self.environment)}
        program = root / name
        shutil.copy(EXAMPLES / name, program)
        program.chmod(0o700)
        self.config["command"] = str(program)
        if name == "keyring.py":
            # The interpreter that the shebang line would find is not among the system's directories everywhere.
            program.write_text(program.read_text().replace("/usr/bin/env python3", sys.executable, 1))
            self.config["protocol"] = "json-lines"
            (root / "secrets.json").write_text(json.dumps(secrets))
        else:
            self.config["exitCodes"] = {"notFound": 10, "authFailed": 11}
        (root / "passphrase").write_text("open sesame\n")
        for path, value in secrets.items():
            self._store(name, root, path, value)

    def _store(self, name: str, root: Path, path: str, value: str) -> None:
        file = root / path
        file.parent.mkdir(exist_ok=True)
        if name == "directory.sh":
            file.write_text(value)
        elif name == "encrypted.sh":
            subprocess.run(
                ["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-pass", f"file:{root}/passphrase", "-out", f"{file}.enc"],
                input=value.encode(),
                check=True,
            )


@pytest.fixture(params=["directory.sh", "encrypted.sh", "keyring.py"])
def tool(request, tmp_path) -> Tool:
    """Each example, with two secrets."""
    return Tool(request.param, tmp_path / "tool", {"team/stripe": plain_canary(), "other": plain_canary()})


def secret_of(home: JaneeHome, tool: Tool, reference: str) -> str:
    """The value, as `secret get` reveals it."""
    return home.reveal(reference, env=home.environment(**tool.environment))


def configure(home: JaneeHome, base_url: str, tool: Tool, path: str = "team/stripe") -> None:
    """One service whose key is in the tool."""
    config = one_api(base_url)
    config["services"]["api"] = service(base_url, f"tool://{path}")
    home.configure({"providers": {"tool": tool.config}, **config})


def test_every_example_keeps_the_promises_of_providers(home, upstream, tool):
    configure(home, upstream.base_url, tool)
    environment = home.environment(**tool.environment)
    done = home.run("provider", "conformance", "tool", "--json", env=environment).expect(0)
    results = done.json["results"]
    assert done.json["ok"] and len(results) > 15
    assert {result["outcome"] for result in results} == {"passed", "skipped"}
    assert sum(result["outcome"] == "passed" for result in results) >= 12, results
    text = home.run("provider", "conformance", "tool", env=environment).expect(0).output
    assert "0 failed" in text.splitlines()[-1]


def test_every_example_serves_calls(home, upstream, tool):
    configure(home, upstream.base_url, tool)
    server = home.serve(**tool.environment)
    assert not server.execute(path="/x").is_error
    value = secret_of(home, tool, "tool://team/stripe")
    assert upstream.requests[-1].header("authorization") == f"Bearer {value}"
    assert server.stop() == 0
    LeakDetector(value).check(answers=server.stdout, stderr=server.stderr)
    assert no_process_of(tool)


def no_process_of(tool: Tool) -> bool:
    """Whether nothing runs the example any more."""
    return no_process_running(tool.config["command"])


def no_process_running(command: str) -> bool:
    """Whether nothing runs a program any more; ends are not instant, so a while is waited for it."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        running = [
            entry
            for entry in Path("/proc").glob("[0-9]*/cmdline")
            if command.encode() in _read(entry).split(b"\0")
        ]
        if not running:
            return True
        time.sleep(0.05)
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_broken_plug_in_fails_the_right_promises(home, upstream, tmp_path):
    program = tmp_path / "broken"
    program.write_text('#!/bin/sh\necho "value of $$"\n')
    program.chmod(0o700)
    config = one_api(upstream.base_url)
    config["services"]["api"] = service(upstream.base_url, "tool://a")
    home.configure({"providers": {"tool": {"type": "exec", "command": str(program)}}, **config})
    done = home.run("provider", "conformance", "tool", "--json").expect(1)
    failed = [result["name"] for result in done.json["results"] if result["outcome"] == "failed"]
    # It has a value for everything, and another one each time.
    assert any("missing" in name or "not exist" in name or "nil" in name for name in failed), failed
    assert any("same" in name or "concurrent" in name or "again" in name for name in failed), failed
    assert "value of" not in done.output


def test_killing_the_server_leaves_no_plug_in(home, upstream, tmp_path):
    root = tmp_path / "tool"
    tool = Tool("keyring.py", root, {"team/stripe": plain_canary()})
    configure(home, upstream.base_url, tool)
    server = home.serve(**tool.environment)
    assert not server.execute(path="/x").is_error
    server.process.kill()
    server.process.wait()
    assert no_process_of(tool)


def test_a_server_that_does_not_start_leaves_no_plug_in(home, upstream, tmp_path):
    stubborn = tmp_path / "stubborn"
    stubborn.write_text(
        f"#!{sys.executable}\nimport json, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'id': json.loads(sys.stdin.readline())['id'], 'ok': True}), flush=True)\n"
        "while True: time.sleep(1)\n"
    )
    stubborn.chmod(0o700)
    config = one_api(upstream.base_url)
    config["services"]["api"] = service(upstream.base_url, "stubborn://k")
    config["services"]["gone"] = service(upstream.base_url, "gone://k")
    providers = {
        "stubborn": {"type": "exec", "command": str(stubborn), "protocol": "json-lines"},
        "gone": {"type": "exec", "command": str(tmp_path / "gone")},
    }
    home.configure({"providers": providers, **config})
    done = home.run("serve").expect(1)
    assert "PROVIDER_CONFIG_INVALID" in done.errors
    assert no_process_running(str(stubborn))


@pytest.fixture
def two_providers(home, upstream) -> JaneeHome:
    """A home with variables of the environment and the local store."""
    config = one_api(upstream.base_url)
    config["services"]["env"] = service(upstream.base_url, "container://KEY")
    config["services"]["lost"] = service(upstream.base_url, "container://LOST")
    config["capabilities"]["env"] = capability("env")
    home.configure({"providers": {"container": {"type": "environment", "prefix": "APP_"}}, **config})
    return home


def test_list_names_providers_and_who_uses_them(two_providers):
    done = two_providers.run("provider", "list", "--json").expect(0)
    assert done.json == {
        "providers": [
            {"name": "local", "type": "filesystem", "services": ["api"], "references": 1},
            {"name": "container", "type": "environment", "services": ["env", "lost"], "references": 2},
        ]
    }
    text = two_providers.run("provider", "list").expect(0).output
    assert text == "local (filesystem): api\ncontainer (environment): env, lost\n"


def test_health_asks_those_that_are_used(two_providers):
    done = two_providers.run("provider", "health", "--json").expect(0)
    assert done.json["healthy"] is True
    assert [(row["name"], row["healthy"]) for row in done.json["providers"]] == [("local", True), ("container", True)]
    assert all(isinstance(row["latencyMs"], int) for row in done.json["providers"])
    assert "healthy" in two_providers.run("provider", "health", "CONTAINER").expect(0).output
    unknown = two_providers.run("provider", "health", "containr", "--json").expect(1)
    assert unknown.json["code"] == "PROVIDER_NOT_FOUND" and "container" in unknown.json["error"]


def test_health_says_why_a_provider_does_not_start(home, upstream):
    config = one_api(upstream.base_url)
    config["services"]["api"] = service(upstream.base_url, "tool://k")
    home.configure({"providers": {"tool": {"type": "exec", "command": "/nowhere/tool"}}, **config})
    done = home.run("provider", "health", "--json").expect(1)
    (row,) = done.json["providers"]
    assert not row["healthy"] and row["code"] == "PROVIDER_CONFIG_INVALID" and "found" in row["error"]


def test_test_tells_which_secrets_are_there(two_providers):
    environment = two_providers.environment(APP_KEY=plain_canary())
    done = two_providers.run("provider", "test", "container", "--json", env=environment).expect(1)
    assert done.json["ok"] is False
    assert done.json["references"] == [
        {"service": "env", "path": "KEY", "exists": True},
        {"service": "lost", "path": "LOST", "exists": False},
    ]
    environment["APP_LOST"] = plain_canary()
    done = two_providers.run("provider", "test", "container", env=environment).expect(0)
    assert "env: KEY: there" in done.output and environment["APP_KEY"] not in done.output
    # A bare reference may be a pasted key, so it is shown only where it is stored.
    assert "api: api-key: there" in two_providers.run("provider", "test", "local").expect(0).output


def test_test_reads_what_cannot_be_told_otherwise_if_it_may(home, upstream, tmp_path):
    root = tmp_path / "tool"
    tool = Tool("directory.sh", root, {"team/stripe": plain_canary()})
    configure(home, upstream.base_url, tool)
    environment = home.environment(**tool.environment)
    asked = home.run("provider", "test", "tool", "--json", env=environment).expect(0)
    assert asked.json["references"] == [{"service": "api", "path": "team/stripe", "exists": None}]
    read = home.run("provider", "test", "tool", "--read", "--json", env=environment).expect(0)
    assert read.json["references"] == [{"service": "api", "path": "team/stripe", "exists": True}]
    configure(home, upstream.base_url, tool, "team/none")
    missing = home.run("provider", "test", "tool", "--read", "--json", env=environment).expect(1)
    assert missing.json["references"][0]["code"] == "SECRET_NOT_FOUND"


def test_usage_counts_the_lines_of_the_access_log(two_providers):
    key = plain_canary()
    server = two_providers.serve(APP_KEY=key)
    for _ in range(3):
        assert not server.execute(path="/x").is_error
    for _ in range(2):
        assert not server.execute(capability="env", path="/x").is_error
    assert server.stop() == 0
    log = next((two_providers.path / "access").glob("*.jsonl"))
    with log.open("a") as file:
        file.write("garbage\n")
        file.write(json.dumps({"event": "access_records_lost", "count": 7}) + "\n")
        file.write(json.dumps({"event": "secret_accessed", "provider": "p", "path": "x" * 100_000}) + "\n")
    done = two_providers.run("provider", "usage", "--json").expect(0)
    rows = {(row["provider"], row["path"]): row for row in done.json["usage"]}
    assert rows["local", "api-key"]["reads"] == 3 and rows["local", "api-key"]["failures"] == 0
    assert rows["container", "KEY"]["reads"] == 2
    assert (done.json["lost"], done.json["skippedLines"]) == (7, 2)
    one = two_providers.run("provider", "usage", "container").expect(0)
    assert "container: KEY: 2 reads, last 20" in one.output and "local" not in one.output
    none = two_providers.run("provider", "usage", "--since", "2999-01-01", "--json").expect(0)
    assert none.json["usage"] == []
    assert "--since" in two_providers.run("provider", "usage", "--since", "yesterday").expect(1).errors


def test_refresh_makes_running_servers_ask_anew(home, upstream, tmp_path):
    root = tmp_path / "tool"
    tool = Tool("directory.sh", root, {"team/stripe": "first-" + plain_canary()})
    tool.config["cache"] = {"ttlSeconds": 3600}
    configure(home, upstream.base_url, tool)
    servers = [home.serve(**tool.environment) for _ in range(2)]

    def key(server) -> str:
        assert not server.execute(path="/x").is_error
        return upstream.requests[-1].header("authorization")

    assert all("first-" in key(server) for server in servers)
    (root / "team/stripe").write_text("second-" + plain_canary())
    assert all("first-" in key(server) for server in servers)
    done = home.run("provider", "refresh", "tool", "--json").expect(0)
    assert done.json == {"ok": True, "refreshed": ["tool"]}
    assert all("second-" in key(server) for server in servers)
    (root / "team/stripe").write_text("third-" + plain_canary())
    assert all("second-" in key(server) for server in servers)
    home.run("provider", "refresh").expect(0)
    assert all("third-" in key(server) for server in servers)
    assert os.stat(home.path / "refresh").st_mode & 0o777 == 0o700


def test_refresh_ends_the_rest_of_a_reference_that_kept_failing(home, upstream, tmp_path):
    root = tmp_path / "tool"
    tool = Tool("directory.sh", root, {"other": plain_canary()})
    configure(home, upstream.base_url, tool)
    server = home.serve(**tool.environment)
    for _ in range(4):
        assert server.execute(path="/x").code == "SECRET_NOT_FOUND"
    (root / "team").mkdir()
    (root / "team/stripe").write_text(plain_canary())
    assert server.execute(path="/x").code == "SECRET_NOT_FOUND", "the reference rests"
    home.run("provider", "refresh", "tool").expect(0)
    assert not server.execute(path="/x").is_error
