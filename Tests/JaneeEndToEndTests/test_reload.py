"""Reloading the configuration of a running server, by signal and by the tool that agents may be given."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from support import behaviours
from support.audit import of_calls
from support.config import capability, one_api, rules, service, to_yaml
from support.gate import Gate
from support.home import JaneeHome
from support.janee016 import Janee016
from support.leaks import LeakDetector, plain_canary, random_letters
from support.stdio import LEGACY, StdioServer, ToolResult
from support.upstream import PATIENCE, Exchange, Upstream

STARTED = "Janee MCP server started"
TOOL = "reload_config"


class Running:
    """A server whose configuration changes under it."""

    def __init__(self, home: JaneeHome, config: dict[str, Any] | str, **environment: str) -> None:
        self.home = home
        home.configure(config)
        self.server: StdioServer = home.serve(**environment)
        self.server.wait_for_stderr(STARTED)

    def put(self, config: dict[str, Any]) -> None:
        """Replace the file in one step, as whoever changes it under a running server must."""
        next_file = self.home.root / "next.yaml"
        next_file.write_text(to_yaml(config))
        next_file.chmod(0o600)
        next_file.replace(self.home.config_file)

    def events(self) -> int:
        """How many reloads the log knows, successful or not."""
        return sum(file.read_bytes().count(b'"event":"config_reload') for file in self.home.log_files)

    def hang_up(self) -> None:
        """Send a hangup."""
        self.server.process.send_signal(signal.SIGHUP)

    def reload(self, config: dict[str, Any] | str | None = None) -> None:
        """Send a hangup, with another configuration if one is given, and wait until it has been dealt with.

        That none is lost is the matter of a test of its own; here another one follows, so that the other tests do not
        depend on it.
        """
        if config is not None:
            self.home.configure(config)
        before = self.events()
        self.hang_up()
        if not self.comes_true(lambda: self.events() > before, PATIENCE / 4):
            self.hang_up()
            self.wait_until(lambda: self.events() > before)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        assert self.comes_true(condition, PATIENCE), f"it never came true; stderr: {self.server.stderr.decode()}"

    def comes_true(self, condition: Callable[[], bool], patience: float) -> bool:
        """Ask the server something over and over until the condition holds: it must stay able to answer."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            assert not self.server.call("whoami").is_error
        return True

    @property
    def names(self) -> set[str]:
        """The capabilities that the agent sees."""
        return {entry["name"] for entry in self.server.call("list_services").data}

    @property
    def tools(self) -> list[str]:
        """The tools that the agent sees."""
        return [tool["name"] for tool in self.server.ask_modern("tools/list")["result"]["tools"]]

    @property
    def events_of_the_log(self) -> list[dict[str, Any]]:
        """The records of reloads; the server is stopped for them."""
        assert self.server.stop() == 0
        self.server.assert_clean_stdout()
        self.home.run("logs", "verify").expect(0)
        return [record for record in self.home.records if str(record.get("event", "")).startswith("config_reload")]


@pytest.fixture
def run(home) -> Callable[..., Running]:
    """Starts a server."""
    return lambda config, **environment: Running(home, config, **environment)


def with_capabilities(upstream: Upstream, *names: str, **extra: Any) -> dict[str, Any]:
    """A configuration with one service and these capabilities."""
    return {
        "services": {"api": service(upstream.base_url)},
        "capabilities": {name: capability() for name in names},
        **extra,
    }


def with_tool(config: dict[str, Any], allowed: bool = True) -> dict[str, Any]:
    """The configuration with agents allowed (or not) to reload."""
    return {**config, "server": {**config.get("server", {}), "allowAgentReload": allowed}}


class TestHangup:
    def execute_in_legacy_session(self, server: StdioServer, name: str) -> ToolResult:
        """A call in the session that `initialize` has opened."""
        arguments = {"capability": name, "method": "GET", "path": "/x"}
        return ToolResult(server.ask("tools/call", {"name": "execute", "arguments": arguments}))

    def test_a_new_capability_is_there_on_the_next_call(self, run, upstream):
        running = run(with_capabilities(upstream, "old"))
        assert running.server.execute("GET", "/x", "new").reason_code == "CAPABILITY_NOT_FOUND"
        running.reload(with_capabilities(upstream, "old", "new"))
        assert not running.server.execute("GET", "/x", "new").is_error
        assert not running.server.execute("GET", "/x", "old").is_error
        assert running.names == {"old", "new"}

    def test_a_removed_capability_is_denied(self, run, upstream):
        running = run(with_capabilities(upstream, "one", "other"))
        assert not running.server.execute("GET", "/x", "one").is_error
        running.reload(with_capabilities(upstream, "other"))
        assert running.server.execute("GET", "/x", "one").reason_code == "CAPABILITY_NOT_FOUND"
        assert running.names == {"other"}
        assert len(upstream.requests) == 1

    def test_both_in_one_legacy_session(self, run, upstream):
        running = run(with_capabilities(upstream, "old"))
        assert running.server.initialize()["result"]["protocolVersion"] == LEGACY
        assert not self.execute_in_legacy_session(running.server, "old").is_error
        running.reload(with_capabilities(upstream, "new"))
        assert not self.execute_in_legacy_session(running.server, "new").is_error
        assert self.execute_in_legacy_session(running.server, "old").reason_code == "CAPABILITY_NOT_FOUND"

    TIGHTENED = {
        "rules": ({"rules": rules(deny=["GET /x"])}, "RULE_DENY"),
        "allow rules": ({"rules": rules(allow=["GET /y"])}, "RULE_DENY"),
        "agents": ({"allowedAgents": ["bob"]}, "AGENT_NOT_ALLOWED"),
        "access": ({"access": "restricted"}, "DEFAULT_ACCESS_RESTRICTED"),
        "reason": ({"requiresReason": True}, "REASON_REQUIRED"),
        "approval": ({"autoApprove": False}, "APPROVAL_REQUIRED"),
        "mode": ({"mode": "exec"}, "MODE_MISMATCH"),
    }

    @pytest.mark.parametrize(("extra", "reason"), TIGHTENED.values(), ids=TIGHTENED.keys())
    def test_a_tightened_capability_is_enforced_and_loosened_again(self, run, upstream, extra, reason):
        running = run(one_api(upstream.base_url))
        assert not running.server.execute("GET", "/x").is_error
        running.reload(one_api(upstream.base_url, **extra))
        assert running.server.execute("GET", "/x").reason_code == reason
        running.reload(one_api(upstream.base_url))
        assert not running.server.execute("GET", "/x").is_error
        assert len(upstream.requests) == 2

    def test_the_default_access_is_reloaded(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.reload({**one_api(upstream.base_url), "server": {"defaultAccess": "restricted"}})
        assert running.server.execute("GET", "/x").reason_code == "DEFAULT_ACCESS_RESTRICTED"
        assert running.server.call("whoami").data["defaultAccessPolicy"] == "restricted"

    def test_a_changed_owner_is_enforced(self, run, upstream):
        running = run(one_api(upstream.base_url))
        config = one_api(upstream.base_url)
        config["services"]["api"]["ownership"] = {"accessPolicy": "agent-only", "createdBy": "bob"}
        running.reload(config)
        assert running.server.execute("GET", "/x").reason_code == "OWNERSHIP_DENIED"

    def test_a_service_that_moved_is_called_where_it_is(self, run, home, upstream, api_key):
        elsewhere = Upstream()
        home.set_secret("other-key", "the-other-key")
        running = run(one_api(upstream.base_url))
        assert not running.server.execute("GET", "/x").is_error
        config = one_api(elsewhere.base_url)
        config["services"]["api"]["auth"]["key"] = "other-key"
        running.reload(config)
        assert not running.server.execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {api_key}"
        assert elsewhere.only_request.header("Authorization") == "Bearer the-other-key"
        elsewhere.close()

    def test_another_auth_type_is_used(self, run, home, upstream):
        running = run(one_api(upstream.base_url))
        config = one_api(upstream.base_url)
        config["services"]["api"]["auth"] = {"type": "headers", "headers": {"X-Api-Key": "api-key"}}
        assert not running.server.execute("GET", "/x").is_error
        running.reload(config)
        assert not running.server.execute("GET", "/x").is_error
        assert [request.header("Authorization") is None for request in upstream.requests] == [False, True]
        assert running.server.execute("GET", "/x", headers={"X-Api-Key": "mine"}).reason_code == "REQUEST_REFUSED"

    def test_limits_are_reloaded(self, run, upstream):
        running = run(one_api(upstream.base_url))
        assert not running.server.execute("POST", "/x", body="y" * 100).is_error
        config = one_api(upstream.base_url)
        config["services"]["api"]["limits"] = {"maxRequestBytes": 99}
        running.reload(config)
        assert running.server.execute("POST", "/x", body="y" * 100).is_error
        assert len(upstream.requests) == 1

    def test_bodies_in_the_log_are_reloaded(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.server.execute("POST", "/x", body="first")
        running.reload({**one_api(upstream.base_url), "server": {"logBodies": True}})
        running.server.execute("POST", "/x", body="second")
        assert running.server.stop() == 0
        bodies = [record.get("requestBody") for record in of_calls(running.home.records) if record["phase"] == "intent"]
        assert bodies == [None, "second"]

    def test_warnings_of_the_new_configuration_are_shown(self, run, upstream):
        running = run(one_api(upstream.base_url))
        config = one_api(upstream.base_url, rules=rules(deny=["DELETE *"]))
        config["services"]["api"]["auth"]["key"] = "local://not-stored"
        running.reload(config)
        running.server.wait_for_stderr("capabilities.api.rules.deny")
        running.server.wait_for_stderr("SECRET_NOT_FOUND")

    def test_of_many_hangups_at_once_the_last_file_wins(self, run, upstream):
        running = run(with_capabilities(upstream, "start"))
        running.reload()
        for number in range(30):
            running.put(with_capabilities(upstream, f"number-{number}"))
            running.hang_up()
        running.wait_until(lambda: running.names == {"number-29"})
        assert running.server.stop() == 0

    def test_calls_during_reloads_are_either_allowed_or_denied(self, run, upstream):
        running = run(with_capabilities(upstream, "steady", "now-and-then"))
        ids: dict[Any, str] = {}
        for number in range(10):
            names = ["steady"] if number % 2 == 0 else ["steady", "now-and-then"]
            running.put(with_capabilities(upstream, *names))
            running.hang_up()
            for name in ("steady", "now-and-then") * 5:
                ids[running.server.post_execute("GET", "/x", name)] = name
        for id, name in ids.items():
            result = ToolResult(running.server.response(id))
            assert not result.is_error or (name, result.reason_code) == ("now-and-then", "CAPABILITY_NOT_FOUND")
        assert running.server.stop() == 0
        running.home.run("logs", "verify").expect(0)


class TestSignalsAtTheStart:
    """Whoever has read that the server is started may send it signals."""

    def at_once(self, count: int, work: Callable[[], None]) -> None:
        """Do the same in so many threads, which keeps the machine busy."""
        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def signalled_when_started(self, home: JaneeHome, number: signal.Signals, count: int) -> list[StdioServer]:
        """Servers that got a signal as soon as they had said that they are started."""
        servers: list[StdioServer] = []

        def start() -> None:
            server = home.serve()
            server.wait_for_stderr(STARTED)
            server.process.send_signal(number)
            servers.append(server)

        self.at_once(count, start)
        assert len(servers) == count
        return servers

    def test_a_hangup_is_not_lost(self, home, upstream):
        home.configure(with_capabilities(upstream, "old"))
        servers = self.signalled_when_started(home, signal.SIGHUP, 40)
        for server in servers:
            server.wait_for_stderr("reloaded the configuration")
            assert server.stop() == 0

    def test_an_end_is_not_lost(self, home, upstream):
        home.configure(with_capabilities(upstream, "old"))
        for server in self.signalled_when_started(home, signal.SIGTERM, 40):
            server.wait()


class TestInFlight:
    def gated_echo(self, gate: Gate) -> behaviours.Behaviour:
        """What came, when the gate opens."""

        def behave(exchange: Exchange) -> None:
            if gate.wait_beside(exchange.request.connection.socket, PATIENCE):
                behaviours.echo(exchange)

        return behave

    def changes(self, upstream: Upstream, elsewhere: Upstream) -> dict[str, dict[str, Any]]:
        """Configurations in which the call could not be made any more, or would be another one."""
        other_key, moved, typed = (one_api(upstream.base_url) for _ in range(3))
        other_key["services"]["api"]["auth"]["key"] = "other-key"
        moved["services"]["api"] = service(elsewhere.base_url, "other-key")
        typed["services"]["api"]["auth"] = {"type": "headers", "headers": {"X-Api-Key": "other-key"}}
        return {
            "nothing left": {},
            "capability removed": {"services": {"api": service(upstream.base_url)}},
            "rules changed": one_api(upstream.base_url, rules=rules(deny=["* *"])),
            "another agent": one_api(upstream.base_url, allowedAgents=["bob"]),
            "another key": other_key,
            "moved": moved,
            "another auth type": typed,
        }

    CHANGES = [
        "nothing left", "capability removed", "rules changed", "another agent", "another key", "moved",
        "another auth type",
    ]  # fmt: skip

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_call_finishes_as_it_began(self, run, home, upstream, api_key, change):
        home.set_secret("other-key", plain_canary())
        elsewhere, gate = Upstream(), Gate()
        upstream.on("/slow", self.gated_echo(gate))
        running = run(one_api(upstream.base_url))
        id = running.server.post_execute("GET", "/slow")
        upstream.wait_for_requests(1)
        running.reload(self.changes(upstream, elsewhere)[change])
        assert running.server.wait_for_message(lambda message: message.get("id") == id, 0) is None
        gate.open()
        answer = ToolResult(running.server.response(id))
        assert not answer.is_error and answer.data["status"] == 200
        assert json.loads(answer.data["body"])["headers"]["Authorization"] == "Bearer [REDACTED]"
        assert running.server.stop() == 0
        assert upstream.only_request.header("Authorization") == f"Bearer {api_key}"
        LeakDetector(api_key).check(stdout=running.server.stdout, stderr=running.server.stderr)
        intent, outcome = of_calls(home.records)
        assert (intent["phase"], outcome["phase"], outcome["statusCode"]) == ("intent", "outcome", 200)
        assert elsewhere.connections == []
        elsewhere.close()
        gate.close()

    def test_a_bad_file_does_not_disturb_it_either(self, run, upstream):
        gate = Gate()
        upstream.on("/slow", behaviours.gated(gate))
        running = run(one_api(upstream.base_url))
        id = running.server.post_execute("GET", "/slow")
        upstream.wait_for_requests(1)
        running.reload("services: [")
        gate.open()
        assert ToolResult(running.server.response(id)).data["body"] == '{"late":true}'
        gate.close()

    def test_a_call_that_is_cancelled_after_a_reload_is_cancelled(self, run, upstream):
        upstream.on("/slow", behaviours.hang)
        running = run(one_api(upstream.base_url))
        id = running.server.post_execute("GET", "/slow")
        (request,) = upstream.wait_for_requests(1)
        running.reload({})
        running.server.notify("notifications/cancelled", {"requestId": id})
        assert request.connection.closed.wait(PATIENCE)


BAD_FILES = {
    "not YAML": ("services:\n  api: {\n", (3, 1), "config.yaml"),
    "an unknown field": ("servces: {}\n", (1, 1), "services"),
    "a misspelt field": (
        "services:\n  api:\n    baseUlr: https://a.example\n    auth: { type: bearer, key: k }\n", (3, 5), "baseUrl",
    ),
    "a rule that cannot be enforced": (
        "services:\n  api:\n    baseUrl: https://a.example\n    auth: { type: bearer, key: k }\n"
        "capabilities:\n  api:\n    service: api\n    rules:\n      allow: [GET]\n",
        (9, 15),
        "capabilities.api.rules.allow[0]",
    ),
    "an unknown service": (
        "services: {}\ncapabilities:\n  api:\n    service: apy\n", (4, 14), "capabilities.api.service",
    ),
    "an unknown provider": (
        "services:\n  api:\n    baseUrl: https://a.example\n    auth: { type: bearer, key: vault://k }\n",
        (4, 32),
        "PROVIDER_NOT_FOUND",
    ),
    "a provider that is malformed": ("providers:\n  p:\n    type: filesystem\n", (3, 5), "PROVIDER_CONFIG_INVALID"),
    "a duplicate": ("services: {}\nservices: {}\n", (2, 1), "more than once"),
}  # fmt: skip


class TestBadFiles:
    @pytest.mark.parametrize(("text", "place", "word"), BAD_FILES.values(), ids=BAD_FILES.keys())
    def test_the_last_good_one_stays_and_the_place_is_told(self, run, upstream, text, place, word):
        running = run(one_api(upstream.base_url))
        running.reload(text)
        assert not running.server.execute("GET", "/x").is_error
        assert running.names == {"api"}
        running.server.wait_for_stderr("the last good configuration stays")
        line, column = place
        start = f"{running.home.config_file}:{line}:{column}: error"
        told = [text for text in running.server.stderr.decode().splitlines() if start in text]
        assert told and word in told[0], running.server.stderr.decode()

    def test_every_problem_is_told(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.reload("servces: {}\nservices:\n  api: text\ncapabilities:\n  api:\n    service: api\n    ttl: soon\n")
        running.server.wait_for_stderr("the last good configuration stays")
        for place in ("1:1", "3:8", "7:10"):
            assert f"config.yaml:{place}: error".encode() in running.server.stderr

    def test_a_file_that_others_can_write_is_not_taken(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.home.configure({}, mode=0o666)
        running.reload()
        running.server.wait_for_stderr("chmod 600")
        assert not running.server.execute("GET", "/x").is_error

    def test_a_file_that_is_gone_changes_nothing(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.home.config_file.unlink()
        running.reload()
        running.server.wait_for_stderr("config.yaml")
        assert not running.server.execute("GET", "/x").is_error

    def test_a_file_that_is_mended_is_taken(self, run, upstream):
        running = run(with_capabilities(upstream, "old"))
        running.reload("services: [")
        assert running.names == {"old"}
        running.reload(with_capabilities(upstream, "new"))
        assert running.names == {"new"}
        assert not running.server.execute("GET", "/x", "new").is_error

    def test_no_part_of_a_bad_file_is_used(self, run, upstream):
        running = run(with_capabilities(upstream, "old"))
        running.reload(with_capabilities(upstream, "new") | {"unknown": True})
        assert running.names == {"old"}
        assert running.server.execute("GET", "/x", "new").reason_code == "CAPABILITY_NOT_FOUND"

    @pytest.mark.parametrize("paste", ["key", "unknown field", "line of its own"])
    def test_a_pasted_key_is_not_repeated(self, run, upstream, paste):
        key = random_letters(32)
        running = run(one_api(upstream.base_url))
        config = one_api(upstream.base_url)
        config["services"]["api"]["auth"]["key"] = key
        text = to_yaml(config)
        running.reload(
            {
                "key": text,
                "unknown field": text.replace(f'"key": "{key}"', f'"key": "api-key"\n      "token": "{key}"'),
                "line of its own": text + f'"{key}"\n',
            }[paste]
        )
        assert running.server.stop() == 0
        logs = b"".join(file.read_bytes() for file in running.home.log_files)
        LeakDetector(key).check(stdout=running.server.stdout, stderr=running.server.stderr, logs=logs)


class TestProviders:
    """Providers hold logins and connections; in this version they change with a restart only."""

    RESTART = "takes effect when the server is started again"

    @pytest.fixture
    def stores(self, home) -> dict[str, dict[str, Any]]:
        """Two providers of the same name, each with a secret `key`."""
        found = {}
        for name in ("one", "two"):
            store = home.root / name
            store.mkdir(mode=0o700)
            found[name] = {"team": {"type": "filesystem", "path": str(store)}}
            home.configure({"providers": found[name]})
            home.set_secret("team://key", f"key-of-{name}")
        return found

    def config(self, upstream: Upstream, providers: dict[str, Any], key: str = "team://key") -> dict[str, Any]:
        """A configuration with these providers."""
        return {
            "providers": providers,
            "services": {"api": service(upstream.base_url, key)},
            "capabilities": {"api": capability()},
        }

    def test_a_changed_provider_is_reported_and_the_old_one_goes_on(self, run, upstream, stores):
        running = run(self.config(upstream, stores["one"]))
        running.reload(self.config(upstream, stores["two"]))
        assert not running.server.execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer key-of-one"
        running.server.wait_for_stderr(f"'providers' changed; that {self.RESTART}")

    def test_started_again_the_new_one_is_used(self, run, home, upstream, stores):
        running = run(self.config(upstream, stores["one"]))
        running.reload(self.config(upstream, stores["two"]))
        assert running.server.stop() == 0
        assert not home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer key-of-two"

    def test_the_rest_of_the_file_is_used_all_the_same(self, run, upstream, stores):
        running = run(self.config(upstream, stores["one"]))
        config = self.config(upstream, stores["two"])
        config["capabilities"]["new"] = capability()
        running.reload(config)
        assert not running.server.execute("GET", "/x", "new").is_error
        assert upstream.only_request.header("Authorization") == "Bearer key-of-one"

    def test_a_new_provider_fails_its_services_and_no_others(self, run, upstream, stores, api_key):
        running = run(one_api(upstream.base_url))
        config = one_api(upstream.base_url)
        config["providers"] = stores["one"]
        config["services"]["teams"] = service(upstream.base_url, "team://key")
        config["capabilities"]["teams"] = capability("teams")
        running.reload(config)
        running.server.wait_for_stderr(self.RESTART)
        result = running.server.execute("GET", "/x", "teams")
        assert result.is_error and result.code == "PROVIDER_NOT_FOUND", result.text
        assert not running.server.execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {api_key}"

    def test_a_removed_provider_is_reported(self, run, upstream, stores):
        running = run(self.config(upstream, stores["one"]))
        running.reload(one_api(upstream.base_url))
        running.server.wait_for_stderr(f"'providers' changed; that {self.RESTART}")
        assert not running.server.execute("GET", "/x").is_error

    @pytest.mark.parametrize("spelling", ["as it was", "with comments", "in flow style"])
    def test_an_unchanged_provider_is_not_reported(self, run, upstream, stores, spelling):
        config = self.config(upstream, stores["one"])
        running = run(config)
        rest = to_yaml({name: block for name, block in config.items() if name != "providers"})
        running.reload(
            {
                "as it was": to_yaml(config),
                "with comments": "# changed\n\n" + to_yaml(config).replace("\n", "  # so\n", 1),
                "in flow style": rest + "providers: " + json.dumps(config["providers"]) + "\n",
            }[spelling]
        )
        running.server.wait_for_stderr("reloaded the configuration")
        assert running.server.stop() == 0
        assert self.RESTART.encode() not in running.server.stderr

    def test_a_changed_security_block_is_reported(self, run, upstream):
        running = run(one_api(upstream.base_url))
        running.reload({**one_api(upstream.base_url), "security": {"auditSync": True}})
        running.server.wait_for_stderr(f"'security' changed; that {self.RESTART}")
        assert running.events_of_the_log[0]["details"]["needsRestart"] == "security"


class TestHomesOf016:
    @pytest.fixture
    def old(self, empty_home) -> Janee016:
        """The writer of a home with a credentials.json."""
        return Janee016(empty_home)

    def bearer(self, upstream: Upstream, **keys: str) -> dict[str, Any]:
        """Bearer services with their keys."""
        services = {
            name: {"baseUrl": upstream.base_url, "auth": {"type": "bearer", "key": key}} for name, key in keys.items()
        }
        return {"services": services, "capabilities": {name: capability(name) for name in keys}}

    def test_a_service_that_janee_016_adds_is_served(self, old, upstream):
        old.save(self.bearer(upstream, one="key-of-one"))
        running = Running(old.home, old.home.config_file.read_text())
        old.save(self.bearer(upstream, one="key-of-one", two="key-of-two"))
        running.reload()
        for name in ("one", "two"):
            assert not running.server.execute("GET", "/x", name).is_error
        keys = [request.header("Authorization") for request in upstream.requests]
        assert keys == ["Bearer key-of-one", "Bearer key-of-two"]

    def test_a_garbled_credentials_file_keeps_the_last_good_configuration(self, old, upstream):
        old.save(self.bearer(upstream, one="key-of-one"))
        running = Running(old.home, old.home.config_file.read_text())
        old.write_credentials("{")
        running.reload()
        running.server.wait_for_stderr("credentials.json")
        old.write()
        assert not running.server.execute("GET", "/x", "one").is_error

    def test_files_stay_as_they_are(self, old, upstream):
        old.save(self.bearer(upstream, one="key-of-one"))
        running = Running(old.home, old.home.config_file.read_text())
        before = {path: path.read_bytes() for path in old.home.path.iterdir() if path.is_file()}
        running.reload()
        assert not running.server.execute("GET", "/x", "one").is_error
        assert running.server.stop() == 0
        assert {path: path.read_bytes() for path in old.home.path.iterdir() if path.is_file()} == before

    def test_changed_inline_values_need_a_restart(self, empty_home, upstream):
        old = Janee016(empty_home, "0.2.0")
        old.save(self.bearer(upstream, one="key-of-one"))
        running = Running(old.home, old.home.config_file.read_text())
        old.save(self.bearer(upstream, one="the-next-key"))
        running.reload()
        running.server.wait_for_stderr("takes effect when the server is started again")
        assert not running.server.execute("GET", "/x", "one").is_error
        assert running.server.stop() == 0
        assert not old.home.serve().execute("GET", "/x", "one").is_error
        assert [request.header("Authorization") for request in upstream.requests][1] == "Bearer the-next-key"


class TestTheLog:
    def test_a_reload_is_recorded(self, run, upstream):
        running = run(with_capabilities(upstream, "a"))
        running.reload(with_capabilities(upstream, "a", "b"))
        (record,) = running.events_of_the_log
        assert (record["phase"], record["event"]) == ("event", "config_reloaded")
        assert record["details"] == {"by": "signal", "capabilities": "2", "services": "1"}

    def test_a_failed_reload_is_recorded_without_what_was_wrong(self, run, upstream):
        key = random_letters(32)
        running = run(one_api(upstream.base_url))
        running.reload(f"services:\n  api: {key}\n")
        (record,) = running.events_of_the_log
        assert (record["phase"], record["event"]) == ("event", "config_reload_failed")
        assert record["details"] == {"by": "signal"}
        LeakDetector(key).check(record=json.dumps(record).encode())

    def test_what_needs_a_restart_is_recorded(self, run, home, upstream):
        running = run(one_api(upstream.base_url))
        providers = {"team": {"type": "filesystem", "path": "~/team"}}
        running.reload({**one_api(upstream.base_url), "providers": providers})
        (record,) = running.events_of_the_log
        assert record["details"]["needsRestart"] == "providers"

    def test_they_stand_in_one_chain_with_the_calls(self, run, upstream):
        running = run(with_capabilities(upstream, "a"))
        running.server.execute("GET", "/1", "a")
        running.reload(with_capabilities(upstream, "b"))
        running.server.execute("GET", "/2", "a")
        running.reload("services: [")
        running.server.execute("GET", "/3", "b")
        assert [record["event"] for record in running.events_of_the_log] == ["config_reloaded", "config_reload_failed"]
        told = [record.get("event") or (record["phase"], record["path"]) for record in running.home.records]
        assert told[-7:] == [
            ("intent", "/1"), ("outcome", "/1"), "config_reloaded", ("denial", "/2"), "config_reload_failed",
            ("intent", "/3"), ("outcome", "/3"),
        ]  # fmt: skip

    def test_agents_and_signals_are_told_apart(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        running.reload()
        assert not running.server.call(TOOL).is_error
        running.home.configure("services: [")
        assert running.server.call(TOOL).is_error
        told = [(record["event"], record["details"]["by"]) for record in running.events_of_the_log]
        assert told == [("config_reloaded", "signal"), ("config_reloaded", "agent"), ("config_reload_failed", "agent")]


class TestTool:
    @pytest.mark.parametrize("server", [{}, {"allowAgentReload": False}], ids=["by default", "if it says false"])
    def test_it_is_not_there(self, run, upstream, server):
        running = run({**one_api(upstream.base_url), "server": server})
        assert running.tools == ["list_services", "execute", "whoami"]
        running.home.configure(with_capabilities(upstream, "new"))
        answer = running.server.ask_modern("tools/call", {"name": TOOL, "arguments": {}})
        assert answer["error"]["code"] == -32602
        assert TOOL not in json.dumps(answer)
        assert running.names == {"api"}
        assert running.events_of_the_log == []

    def test_it_is_there_when_it_is_allowed(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        (tool,) = [
            tool for tool in running.server.ask_modern("tools/list")["result"]["tools"] if tool["name"] == TOOL
        ]
        assert tool["description"] == (
            "Reload Janee configuration from disk without restarting the server. "
            "Use after adding new services or capabilities."
        )
        assert tool["inputSchema"] == {"type": "object", "properties": {}, "required": []}

    @pytest.mark.parametrize("value", ["yes please", 1, "true", []], ids=repr)
    def test_only_true_allows_it(self, home, upstream, value):
        home.configure({**one_api(upstream.base_url), "server": {"allowAgentReload": value}})
        assert "server.allowAgentReload" in home.run("config", "validate").expect(1).output

    def test_it_reloads_and_counts(self, run, upstream):
        running = run(with_tool(with_capabilities(upstream, "a")))
        config = with_tool(with_capabilities(upstream, "a", "b", "c"))
        config["services"]["more"] = service(upstream.base_url)
        running.home.configure(config)
        assert running.server.call(TOOL).data == {
            "success": True,
            "message": "Configuration reloaded successfully",
            "services": 2,
            "capabilities": 3,
            "changes": {"services": 1, "capabilities": 2},
        }
        assert running.names == {"a", "b", "c"}
        assert not running.server.execute("GET", "/x", "c").is_error

    def test_it_counts_downwards_too(self, run, upstream):
        running = run(with_tool(with_capabilities(upstream, "a", "b")))
        running.home.configure(with_tool(with_capabilities(upstream)))
        answer = running.server.call(TOOL).data
        assert (answer["services"], answer["capabilities"]) == (1, 0)
        assert answer["changes"] == {"services": 0, "capabilities": -2}
        assert running.server.execute("GET", "/x", "a").reason_code == "CAPABILITY_NOT_FOUND"

    def test_it_works_in_a_legacy_session(self, run, upstream):
        running = run(with_tool(with_capabilities(upstream, "a")))
        running.server.initialize()
        running.home.configure(with_tool(with_capabilities(upstream, "b")))
        answer = ToolResult(running.server.ask("tools/call", {"name": TOOL, "arguments": {}}))
        assert answer.data["success"] is True
        assert running.names == {"b"}

    def test_it_says_what_needs_a_restart(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        providers = {"team": {"type": "filesystem", "path": "~/team"}}
        running.home.configure(with_tool({**one_api(upstream.base_url), "providers": providers}))
        answer = running.server.call(TOOL)
        assert answer.data["success"] is True and answer.data["needsRestart"] == ["providers"]
        assert "team" not in answer.text

    @pytest.mark.parametrize("how", ["by the tool", "by a hangup"])
    def test_a_permission_that_was_taken_back_is_gone(self, run, upstream, how):
        running = run(with_tool(one_api(upstream.base_url)))
        config = with_tool(one_api(upstream.base_url), allowed=False)
        running.home.configure(config)
        if how == "by the tool":
            assert not running.server.call(TOOL).is_error
        else:
            running.reload()
        running.home.configure(with_tool(with_capabilities(upstream, "new")))
        refused = running.server.call(TOOL)
        assert refused.is_error and refused.data["error"]
        assert "success" not in refused.data
        assert running.names == {"api"}
        assert len(running.events_of_the_log) == 1

    def test_a_permission_that_is_given_back_by_a_hangup_counts_again(self, run, upstream):
        running = run(with_tool(with_capabilities(upstream, "a")))
        running.reload(with_tool(with_capabilities(upstream, "a"), allowed=False))
        assert running.server.call(TOOL).is_error
        running.reload(with_tool(with_capabilities(upstream, "a")))
        assert running.server.call(TOOL).data["success"] is True

    def test_a_failed_reload_leaves_everything_as_it_was(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        running.home.configure("services: [")
        assert running.server.call(TOOL).is_error
        assert not running.server.execute("GET", "/x").is_error
        running.home.configure(with_tool(with_capabilities(upstream, "new")))
        assert running.server.call(TOOL).data["success"] is True
        assert running.names == {"new"}

    SECRETIVE = "quokka"
    """A word of the configuration that agents must not learn."""

    CONTENT = {
        "a name of a service": "services:\n  quokka: text\n",
        "an unknown field": "quokka: {}\n",
        "a misspelt field": "services:\n  quokka:\n    baseUlr: x\n",
        "a value": "server:\n  defaultAccess: quokka\n",
        "a key": "services:\n  a:\n    baseUrl: https://a.example\n    auth: { type: bearer, kee: quokka }\n",
        "an agent": "capabilities:\n  a:\n    service: b\n    allowedAgents: [quokka]\n",
        "a rule": "capabilities:\n  a:\n    service: b\n    rules: { allow: [quokka] }\n",
        "an address": "services:\n  a:\n    baseUrl: http://quokka.example\n    auth: { type: bearer, key: k }\n",
        "a provider": "providers:\n  quokka: { type: filesystem }\n",
        "a reference": "services:\n  a:\n    baseUrl: https://a.example\n    auth: { type: bearer, key: quokka://k }\n",
        "a syntax error": "services: [quokka\n",
        "a master key": "security:\n  masterKey: quokka\n",
    }

    @pytest.mark.parametrize("text", CONTENT.values(), ids=CONTENT.keys())
    def test_a_failed_reload_tells_the_agent_nothing_of_the_file(self, run, upstream, text):
        running = run(with_tool(one_api(upstream.base_url)))
        running.home.configure(text)
        answer = running.server.call(TOOL)
        assert answer.is_error
        assert self.SECRETIVE.encode() not in running.server.stdout.lower()
        for word in (str(running.home.path), "config.yaml", ".yaml:", "line", "services", "providers", "allow"):
            assert word not in answer.text, answer.text

    def test_the_operator_is_told_all_the_same(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        running.home.configure(self.CONTENT["a name of a service"])
        assert running.server.call(TOOL).is_error
        running.server.wait_for_stderr("config.yaml:2:11: error CONFIG_INVALID: services.quokka")

    def test_neither_does_a_file_that_is_refused_or_gone(self, run, upstream):
        running = run(with_tool(one_api(upstream.base_url)))
        running.home.config_file.chmod(0o666)
        refused = running.server.call(TOOL)
        running.home.config_file.unlink()
        gone = running.server.call(TOOL)
        for answer in (refused, gone):
            assert answer.is_error
            assert ".janee" not in answer.text and "chmod" not in answer.text

    def test_many_at_once(self, run, upstream):
        running = run(with_tool(with_capabilities(upstream, "a")))
        running.home.configure(with_tool(with_capabilities(upstream, "a", "b")))
        params = {"name": TOOL, "arguments": {}}
        ids = [running.server.post_modern("tools/call", params) for _ in range(20)]
        answers = [ToolResult(running.server.response(id)) for id in ids]
        assert all(answer.data["success"] is True for answer in answers)
        changes = sorted(answer.data["changes"]["capabilities"] for answer in answers)
        assert changes == [0] * 19 + [1]
        assert len(running.events_of_the_log) == 20

    def test_two_servers_over_one_home_reload_for_themselves(self, home, upstream):
        one = Running(home, with_capabilities(upstream, "a"))
        two = Running(home, with_capabilities(upstream, "a"))
        one.reload(with_capabilities(upstream, "b"))
        assert (one.names, two.names) == ({"b"}, {"a"})
        two.reload()
        assert two.names == {"b"}
