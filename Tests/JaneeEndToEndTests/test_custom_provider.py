"""A `janee` that a package of its own has built, with a type of provider that the standard one does not know."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mcp import Client

from support.config import one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, plain_canary
from support.sdk import MODES, data_of, in_session


@pytest.fixture
def custom(home, upstream, tmp_path):
    """A home of the custom program whose key is in a .env file, and the key."""
    binary = os.environ.get("JANEE_CUSTOM_BINARY")
    if not binary:
        pytest.skip("JANEE_CUSTOM_BINARY names no program; scripts/test builds one")
    key = plain_canary()
    file = tmp_path / ".env"
    file.write_text(f"# keys\nSTRIPE_KEY={key}\n")
    config = one_api(upstream.base_url)
    config["services"]["api"] = service(upstream.base_url, "dotenv://STRIPE_KEY")
    home.configure({"providers": {"dotenv": {"type": "dotenv", "path": str(file)}}, **config})
    custom = JaneeHome(Path(binary), home.root)
    yield custom, key
    custom.dispose()


@pytest.mark.parametrize("mode", MODES)
def test_serves_the_official_client_with_the_new_provider(custom, upstream, mode):
    home, key = custom

    async def work(client: Client) -> None:
        arguments = {"capability": "api", "method": "GET", "path": "/x"}
        assert data_of(await client.call_tool("execute", arguments))["status"] == 200

    in_session(home, mode, work)
    assert upstream.requests[-1].header("authorization") == f"Bearer {key}"


def test_shows_nobody_the_key(custom, upstream):
    home, key = custom
    server = home.serve()
    assert not server.execute(path="/x").is_error
    assert server.stop() == 0
    LeakDetector(key).check(answers=server.stdout, stderr=server.stderr)


def test_every_command_knows_the_new_type(custom):
    home, key = custom
    home.run("config", "validate").expect(0)
    schema = json.loads(home.run("config", "schema").expect(0).stdout)
    assert '"dotenv"' in json.dumps(schema)
    assert home.reveal("dotenv://STRIPE_KEY") == key
    assert home.run("provider", "list", "--json").expect(0).json["providers"][1]["type"] == "dotenv"
    done = home.run("provider", "test", "dotenv", "--json").expect(0)
    assert done.json["references"] == [{"service": "api", "path": "STRIPE_KEY", "exists": True}]
    results = home.run("provider", "conformance", "dotenv", "--json").expect(0).json["results"]
    assert all(result["outcome"] in ("passed", "skipped") for result in results)


def test_the_standard_program_does_not(custom, home):
    done = home.run("config", "validate", "--json").expect(1)
    assert "providers.dotenv.type" in done.output
