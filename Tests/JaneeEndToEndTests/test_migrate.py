"""Moving the secrets of Janee 0.16 into a provider: nothing is lost at any step."""

from __future__ import annotations

import contextlib
import json
import subprocess
from typing import Any

import pytest

from support.config import capability
from support.janee016 import Janee016
from support.leaks import LeakDetector, plain_canary


@pytest.fixture
def keys() -> dict[str, str]:
    """The secrets of the home."""
    return {name: plain_canary() for name in ("key", "X-Api-Key", "X-Other", "password")}


def three_services(base_url: str, keys: dict[str, str]) -> dict[str, Any]:
    """A bearer service, one with two headers and one with an odd name, as Janee 0.16 holds them in memory."""
    headers = {"X-Api-Key": keys["X-Api-Key"], "X-Other": keys["X-Other"]}
    return {
        "services": {
            "api": {"baseUrl": base_url, "auth": {"type": "bearer", "key": keys["key"]}},
            "two": {"baseUrl": base_url, "auth": {"type": "headers", "headers": headers}},
            "odd / name": {"baseUrl": base_url, "auth": {"type": "bearer", "key": keys["password"]}},
        },
        "capabilities": {"api": capability("api"), "two": capability("two"), "odd": capability("odd / name")},
    }


@pytest.fixture
def old(empty_home, upstream, keys) -> Janee016:
    """A home of Janee 0.16."""
    writer = Janee016(empty_home)
    writer.save(three_services(upstream.base_url, keys))
    return writer


def calls(old: Janee016, upstream, keys) -> None:
    """Every service works with its own secrets."""
    server = old.home.serve()
    assert not server.execute(path="/a").is_error
    assert upstream.requests[-1].header("authorization") == f"Bearer {keys['key']}"
    assert not server.execute(capability="two", path="/b").is_error
    assert upstream.requests[-1].header("x-api-key") == keys["X-Api-Key"]
    assert upstream.requests[-1].header("x-other") == keys["X-Other"]
    assert not server.execute(capability="odd", path="/c").is_error
    assert upstream.requests[-1].header("authorization") == f"Bearer {keys['password']}"
    assert server.stop() == 0


def states(answer) -> dict[tuple[str, str], str]:
    """The state of each secret."""
    return {(row["service"], row["field"]): row["state"] for row in answer["secrets"]}


def test_without_apply_nothing_is_changed(old, keys):
    before = {file: file.read_bytes() for file in (old.home.config_file, old.home.credentials_file)}
    done = old.home.run("migrate", "--json").expect(0)
    assert set(states(done.json).values()) == {"missing"} and len(done.json["secrets"]) == 4
    assert {file: file.read_bytes() for file in before} == before
    assert not list((old.home.path / "credentials").glob("**/*"))
    for key in keys.values():
        LeakDetector(key).check(output=done.stdout + done.stderr)


def test_apply_copies_reads_back_and_refers(old, upstream, keys):
    old.home.config_file.write_text("# a comment stays\n" + old.home.config_file.read_text())
    done = old.home.run("migrate", "--apply", "--json").expect(0)
    assert set(states(done.json).values()) == {"moved"}
    text = old.home.config_file.read_text()
    assert text.startswith("# a comment stays\n") and "local://api/key" in text
    calls(old, upstream, keys)
    assert json.loads(old.home.credentials_file.read_text())["secrets"], "the old values stay"
    again = old.home.run("migrate", "--apply", "--json").expect(0)
    assert again.json["secrets"] == [] and old.home.config_file.read_text() == text
    removed = old.home.run("migrate", "--apply", "--remove-old", "--json").expect(0)
    assert removed.json["removed"] == 4
    left = json.loads(old.home.credentials_file.read_text())
    assert left["secrets"] == {} and left["masterKey"] == old.encoded_key
    calls(old, upstream, keys)
    old.home.run("logs", "verify").expect(0)


def test_it_goes_on_where_it_ended(old, upstream, keys):
    old.home.set_secret("local://api/key", keys["key"])
    done = old.home.run("migrate", "--json").expect(0)
    assert states(done.json)["api", "key"] == "copied"
    only = old.home.run("migrate", "--service", "two", "--apply", "--json").expect(0)
    assert set(states(only.json)) == {("two", "headers.X-Api-Key"), ("two", "headers.X-Other")}
    calls(old, upstream, keys)
    old.home.run("migrate", "--apply", "--remove-old").expect(0)
    calls(old, upstream, keys)


def test_killed_at_any_moment_it_loses_nothing(old, upstream, keys):
    for delay in range(12):
        command = [str(old.home.binary), "migrate", "--apply", "--remove-old"]
        process = subprocess.Popen(
            command, env=old.home.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02 + delay * 0.015)
        process.kill()
        process.wait()
        calls(old, upstream, keys)
    old.home.run("migrate", "--apply", "--remove-old").expect(0)
    assert json.loads(old.home.credentials_file.read_text())["secrets"] == {}
    calls(old, upstream, keys)
    old.home.run("logs", "verify").expect(0)


def test_another_value_at_the_target_is_never_overwritten(old, upstream, keys):
    other = plain_canary()
    old.home.set_secret("local://api/key", other)
    done = old.home.run("migrate", "--apply", "--remove-old", "--json").expect(1)
    assert states(done.json)["api", "key"] == "different"
    assert states(done.json)["two", "headers.X-Api-Key"] == "moved"
    assert old.home.reveal("local://api/key") == other
    left = json.loads(old.home.credentials_file.read_text())["secrets"]
    assert list(left) == ["api"]
    calls(old, upstream, keys)


def test_a_provider_that_is_not_written_here_is_compared(old, upstream, keys, tmp_path):
    store = tmp_path / "store"
    store.mkdir(mode=0o700)
    tool = store / "tool"
    tool.write_text(f'#!/bin/sh\n[ -f "{store}/$1" ] || exit 10\ncat "{store}/$1"\n')
    tool.chmod(0o700)
    old.document["providers"] = {"tool": {"type": "exec", "command": str(tool), "exitCodes": {"notFound": 10}}}
    old.home.config_file.write_text(
        old.home.config_file.read_text()
        + f'providers:\n  tool:\n    type: exec\n    command: "{tool}"\n    exitCodes:\n      notFound: 10\n'
    )
    first = old.home.run("migrate", "--to", "tool", "--apply", "--json").expect(1)
    assert set(states(first.json).values()) == {"missing"}
    (store / "api").mkdir()
    (store / "api/key").write_text(keys["key"])
    second = old.home.run("migrate", "--to", "tool", "--service", "api", "--apply", "--json").expect(0)
    assert states(second.json) == {("api", "key"): "moved"}
    assert "tool://api/key" in old.home.config_file.read_text()
    calls(old, upstream, keys)


def test_secrets_that_nothing_reads_yet_are_never_removed(old, upstream, keys):
    config = {
        "services": {
            "api": {"baseUrl": upstream.base_url, "auth": {"type": "bearer", "key": keys["key"]}},
            "bybit": {
                "baseUrl": upstream.base_url,
                "auth": {"type": "hmac-bybit", "apiKey": keys["X-Other"], "apiSecret": keys["password"]},
            },
            "typed": {"baseUrl": upstream.base_url, "auth": {"type": "bearer", "key": keys["X-Api-Key"]}},
        },
        "capabilities": {"api": capability("api")},
    }
    old.save(config)
    text = old.home.config_file.read_text()
    # Somebody has written a reference by hand that leads nowhere.
    head, tail = text.split("  typed:", 1)
    old.home.config_file.write_text(head + "  typed:" + tail.replace("type: bearer", "type: bearer\n      key: local://none", 1))
    done = old.home.run("migrate", "--apply", "--remove-old", "--json").expect(0)
    assert states(done.json) == {("api", "key"): "moved"} and done.json["removed"] == 1
    left = json.loads(old.home.credentials_file.read_text())["secrets"]
    assert set(left["bybit"]) == {"apiKey", "apiSecret"} and set(left["typed"]) == {"key"} and "api" not in left


def test_an_unknown_service_or_provider_is_an_error(old):
    assert "two" in old.home.run("migrate", "--service", "tow").expect(1).errors
    assert old.home.run("migrate", "--to", "nowhere", "--json").expect(1).json["code"] == "PROVIDER_NOT_FOUND"
    old.home.run("migrate", "--remove-old").expect(64)


def test_values_inline_in_the_configuration_are_replaced_by_references(empty_home, upstream, keys):
    writer = Janee016(empty_home, "0.2.0")
    writer.save(three_services(upstream.base_url, keys))
    before = empty_home.config_file.read_bytes()
    empty_home.run("migrate").expect(0)
    assert empty_home.config_file.read_bytes() == before
    done = empty_home.run("migrate", "--apply", "--remove-old", "--json").expect(0)
    assert set(states(done.json).values()) == {"moved"} and done.json["removed"] == 0
    text = empty_home.config_file.read_text()
    assert "local://api/key" in text and "local://two/headers.X-Api-Key" in text
    assert writer.encoded_key in text, "the key of the store stays"
    calls(writer, upstream, keys)
