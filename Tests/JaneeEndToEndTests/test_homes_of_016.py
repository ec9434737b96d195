"""Homes that Janee 0.16 has written work as they are, and stay as they are."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from support import behaviours
from support.config import capability
from support.home import Completed, JaneeHome
from support.janee016 import Janee016, js_yaml
from support.leaks import LeakDetector, plain_canary, random_letters
from support.stdio import StdioServer
from support.upstream import Upstream

VERSIONS = ["0.3.0", "0.2.0"]

PLANNED: dict[str, dict[str, Any]] = {
    "hmac-mexc": {"apiKey": "k", "apiSecret": "s"},
    "hmac-bybit": {"apiKey": "k", "apiSecret": "s"},
    "hmac-okx": {"apiKey": "k", "apiSecret": "s", "passphrase": "p"},
    "service-account": {
        "credentials": '{"type":"service_account","private_key":"' + "x" * 1700 + '"}',
        "scopes": ["https://www.googleapis.com/auth/analytics.readonly"],
    },
    "github-app": {
        "appId": "123456",
        "installationId": "7891011",
        "privateKey": "-----BEGIN RSA PRIVATE KEY-----\n" + "x" * 1600 + "\n-----END RSA PRIVATE KEY-----\n",
    },
    "oauth1a-twitter": {"consumerKey": "a", "consumerSecret": "b", "accessToken": "c", "accessTokenSecret": "d"},
    "aws-sigv4": {"region": "eu-west-1", "awsService": "ses", "accessKeyId": "a", "secretAccessKey": "s"},
}
"""The auth types of Janee 0.16 that this version cannot use yet."""


@pytest.fixture(params=VERSIONS)
def old(request, empty_home) -> Janee016:
    """The writer of a home, for both forms in which values are kept."""
    return Janee016(empty_home, request.param)


@pytest.fixture
def separate(empty_home) -> Janee016:
    """The writer of a home with a credentials.json."""
    return Janee016(empty_home)


def bearer(upstream: Upstream | str, key: str, **extra: Any) -> dict[str, Any]:
    """A bearer service as Janee 0.16 holds it in memory."""
    base_url = upstream if isinstance(upstream, str) else upstream.base_url
    return {"baseUrl": base_url, "auth": {"type": "bearer", "key": key}, **extra}


def one_service(service: dict[str, Any]) -> dict[str, Any]:
    """A service `api` with a capability `api`."""
    return {"services": {"api": service}, "capabilities": {"api": capability()}}


class Furnished:
    """A home with something of everything, and what it holds secret."""

    USER = "AC0123456789"

    def __init__(self, old: Janee016, upstream: Upstream) -> None:
        self.old, self.home = old, old.home
        self.key = plain_canary()
        self.password = plain_canary()
        self.headers = {"X-Api-Key": plain_canary(), "X-Api-Secret": plain_canary(), "x-org-token": plain_canary()}
        base_url = upstream.base_url
        ownership = {"accessPolicy": "all-agents", "createdAt": "2026-02-03T04:05:06.789Z"}
        rules = {"allow": ["GET *", "* /v1/*"], "deny": ["* /v1/charges"]}
        services = {
            "stripe": bearer(upstream, self.key, testPath="/v1/balance?limit=1", ownership=ownership),
            "twilio": bearer(upstream, f"Basic {self.pair}"),
            "search": {"baseUrl": f"{base_url}/v2", "auth": {"type": "headers", "headers": self.headers}},
            "bybit": {"baseUrl": base_url, "auth": {"type": "hmac-bybit", **PLANNED["hmac-bybit"]}},
        }
        capabilities = {
            **{name: capability(name) for name in services},
            "stripe_read": capability("stripe", rules=rules, allowedAgents=["alice", "bob"], requiresReason=True),
            "gh": capability(
                "stripe",
                mode="exec",
                allowCommands=["gh"],
                env={"GH_TOKEN": "{{credential}}"},
                workDir="/workspace",
                timeout=30000,
            ),
        }
        old.save(
            {
                "server": {"port": 9119, "host": "localhost", "logBodies": True, "strictDecryption": True},
                "services": services,
                "capabilities": capabilities,
            }
        )
        self.write_log()

    @property
    def pair(self) -> str:
        """User name and password as basic authentication sends them."""
        return base64.b64encode(f"{self.USER}:{self.password}".encode()).decode()

    @property
    def secrets(self) -> list[str]:
        """Everything that nobody but the upstream may see."""
        return [self.key, self.password, *self.headers.values(), self.old.encoded_key]

    def write_log(self) -> None:
        """The log of a day long ago, and a session."""
        record = {"id": "7b0f3b38-0a3f-4a5e-9a2b-1b2c3d4e5f60", "timestamp": "2026-01-02T03:04:05.678Z"}
        (self.home.path / "logs").mkdir(mode=0o700)
        for name, content in {
            "logs/2026-01-02.jsonl": json.dumps({**record, "service": "stripe", "method": "GET", "path": "/"}) + "\n",
            "sessions.json": json.dumps([{"id": "jnee_sess_" + "0" * 64, "capability": "stripe", "revoked": False}]),
        }.items():
            (self.home.path / name).write_text(content)
            (self.home.path / name).chmod(0o600)

    def call_everything(self) -> StdioServer:
        """Use every service from a server, and stop it."""
        server = self.home.serve()
        for name in ("stripe", "twilio", "search"):
            assert not server.execute("GET", "/v1/x", name).is_error, name
            assert not server.execute("POST", "/v1/x", name, body='{"a":1}', reason="why not").is_error, name
        assert server.execute("GET", "/v1/x", "bybit").is_error
        server.call("list_services")
        server.call("whoami")
        assert server.stop() == 0
        return server


@pytest.fixture
def furnished(old, upstream) -> Furnished:
    """A home with something of everything."""
    return Furnished(old, upstream)


def files(home: JaneeHome) -> dict[Path, tuple[int, bytes | None]]:
    """Every file and directory of a home with mode and content."""
    return {
        path.relative_to(home.path): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in [home.path, *home.path.rglob("*")]
    }


def both(done: Completed) -> bytes:
    """Everything that a command said."""
    return done.stdout + done.stderr


def said(server: StdioServer) -> dict[str, bytes]:
    """Everything that a server said."""
    return {"stdout": bytes(server.stdout), "stderr": bytes(server.stderr)}


def problems(home: JaneeHome, code: int, severity: str) -> list[dict[str, Any]]:
    """The problems of one severity that `config validate` finds."""
    found = home.run("config", "validate", "--json").expect(code).json["problems"]
    return [problem for problem in found if problem["severity"] == severity]


class TestTheWriter:
    """The helper writes what js-yaml and Janee 0.16 write; compared with their output."""

    def test_yaml(self):
        texts = ["GET *", "* /x", "2026-02-03T04:05:06.789Z", "it's", "'q'", "{{credential}}", "a: b", "a #b", "no"]
        blocks = {"9": {}, "a/b": [], "long": {"key": "x" * 119}, "texts": texts, "l": [{"a": None}, {"b": {"c": 7}}]}
        assert js_yaml({"version": "0.3.0", **blocks}) == (
            f"version: 0.3.0\n'9': {{}}\na/b: []\nlong:\n  key: >-\n    {'x' * 119}\n"
            "texts:\n  - GET *\n  - '* /x'\n  - '2026-02-03T04:05:06.789Z'\n  - it's\n  - '''q'''\n"
            "  - '{{credential}}'\n  - 'a: b'\n  - 'a #b'\n  - 'no'\nl:\n  - a: null\n  - b:\n      c: 7\n"
        )

    def test_files(self, furnished):
        old, home = furnished.old, furnished.home
        text = home.config_file.read_text()
        assert text.startswith(f"version: {old.version}\n")
        assert ("masterKey:" in text) is old.is_inline is not home.credentials_file.exists()
        assert not [secret for secret in furnished.secrets if secret in text and secret != old.encoded_key]
        if not old.is_inline:
            stored = json.loads(home.credentials_file.read_text())
            assert list(stored) == ["masterKey", "secrets"]
            assert set(stored["secrets"]["search"]["headers"]) == set(furnished.headers)
            assert "  search:\n    baseUrl: " in text and "    auth:\n      type: headers\n" in text


class TestAsTheyAre:
    def test_the_configuration_is_valid(self, furnished):
        assert problems(furnished.home, 0, "error") == []

    def test_nothing_but_what_cannot_be_used_is_warned_about(self, furnished):
        found = problems(furnished.home, 0, "warning")
        assert {problem["code"] for problem in found} == {"NOT_USABLE"}, found
        assert {problem["field"] for problem in found} == {"capabilities.bybit", "capabilities.gh"}

    def test_a_bearer_service(self, furnished, upstream):
        assert not furnished.home.serve().execute("GET", "/x", "stripe").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {furnished.key}"

    def test_a_basic_service_stored_as_a_bearer_key(self, furnished, upstream):
        assert not furnished.home.serve().execute("GET", "/x", "twilio").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {furnished.pair}"

    def test_a_service_with_several_headers(self, furnished, upstream):
        assert not furnished.home.serve().execute("GET", "/x", "search").is_error
        request = upstream.only_request
        assert request.target == "/v2/x"
        assert {name: request.header(name) for name in furnished.headers} == furnished.headers
        assert request.header("Authorization") is None

    @pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-ORG-TOKEN"])
    def test_agents_cannot_send_a_stored_header(self, furnished, upstream, name):
        result = furnished.home.serve().execute("GET", "/x", "search", headers={name: "mine"})
        assert result.reason_code == "REQUEST_REFUSED"
        assert upstream.connections == []

    def test_rules_and_agents_are_enforced(self, furnished, upstream):
        server = furnished.home.serve()
        assert not server.execute("POST", "/v1/x", "stripe_read", reason="why").is_error
        assert server.execute("POST", "/v2/x", "stripe_read", reason="why").reason_code == "RULE_DENY"
        assert server.execute("GET", "/v1/charges", "stripe_read", reason="why").reason_code == "RULE_DENY"
        assert server.execute("GET", "/v1/x", "stripe_read").reason_code == "REASON_REQUIRED"
        assert furnished.home.serve("eve").execute("GET", "/v1/x", "stripe_read", reason="why").is_error
        assert len(upstream.requests) == 1

    def test_an_exec_capability_is_refused_and_nothing_else(self, furnished, upstream):
        server = furnished.home.serve()
        assert server.execute("GET", "/x", "gh").reason_code == "MODE_MISMATCH"
        assert not server.execute("GET", "/x", "stripe").is_error

    def test_every_file_stays_as_it_is(self, furnished):
        before = files(furnished.home)
        furnished.call_everything()
        for command in (
            ("config", "validate"),
            ("config", "validate", "--json", "--strict"),
            ("diagnose", "access", "stripe", "--agent", "alice"),
            ("secret", "list"),
            ("logs",),
            ("logs", "verify"),
        ):
            furnished.home.run(*command)
        after = files(furnished.home)
        assert {path: after.get(path) for path in before} == before
        assert {path.parts[0] for path in after if path not in before} == {"access", "logs"}

    def test_a_home_that_has_no_logs_gets_only_these(self, furnished):
        for file in (furnished.home.path / "logs").iterdir():
            file.unlink()
        (furnished.home.path / "logs").rmdir()
        before = files(furnished.home)
        furnished.call_everything()
        after = files(furnished.home)
        assert {path: after.get(path) for path in before} == before
        assert {path.parts[0] for path in after if path not in before} == {"access", "logs"}

    ECHOES = {
        "headers as JSON": behaviours.echo,
        "authorization as text": behaviours.echo_authorization,
        "in response headers": behaviours.echo_in_headers,
        "compressed": behaviours.echo_gzip,
        "base64": behaviours.echo_base64,
        "401 page": behaviours.unauthorized_page,
        "decoded": lambda exchange: exchange.respond(200, _decoded(exchange), behaviours.TEXT),
    }

    @pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
    def test_no_key_comes_back(self, furnished, upstream, echo):
        upstream.otherwise(echo)
        server = furnished.call_everything()
        logs = b"".join(file.read_bytes() for file in furnished.home.log_files)
        commands = both(furnished.home.run("config", "validate")) + both(furnished.home.run("logs", "--json"))
        for secret in [*furnished.secrets, furnished.pair]:
            LeakDetector(secret).check(**said(server), logs=logs, commands=commands)
        assert b"[REDACTED]" in server.stdout

    def test_the_detector_would_find_what_the_upstream_saw(self, furnished, upstream):
        furnished.call_everything()
        for secret in (furnished.key, furnished.pair, *furnished.headers.values()):
            assert LeakDetector(secret).find(upstream.wire)


def _decoded(exchange) -> bytes:
    """What a careless API quotes: the user name and password of the Authorization header."""
    scheme, _, value = (exchange.request.header("Authorization") or "").partition(" ")
    return b"signed in as " + (base64.b64decode(value) if scheme == "Basic" else value.encode())


class TestForms:
    """What the two files may hold besides the ordinary."""

    def test_the_published_vector(self, empty_home, upstream):
        old = Janee016(empty_home, master_key=bytes(range(32)))
        blob = "oKGio6Slpqeoqaqrb8iUIgAUJXZErMiFuhSZQZVzI1kguHbgCATptmI="
        assert old.encrypt("sk_test_janee", nonce=bytes(range(0xA0, 0xAC))) == blob
        old.save(one_service(bearer(upstream, "other")))
        old.stored("api")["key"] = blob
        old.write()
        assert not empty_home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer sk_test_janee"

    VALUES = {
        "one character": "x",
        "longer than a line of the file": "eyJ" + random_letters(2000),
        "every printable character": "".join(chr(code) for code in range(0x21, 0x7F)),
        "spaces inside": "Token token=abc, x=y",
        "like a reference": "vault://team/key",
        "like a substitution": "${HOME}",
    }

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
    def test_values_of_every_kind(self, old, upstream, value):
        old.save(one_service(bearer(upstream, value)))
        assert not old.home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {value}"

    NAMES = ["google analytics", "a/b", "a//b", "100%", "x:y", "grüße", ".", "..", "Stripe", "9", "true", "a" * 128]

    @pytest.mark.parametrize("name", NAMES)
    def test_services_of_every_name(self, old, upstream, name):
        key = plain_canary()
        old.save(
            {"services": {name: bearer(upstream, key)}, "capabilities": {"api": capability(name)}},
        )
        result = old.home.serve().execute("GET", "/x")
        assert not result.is_error, result.text
        assert upstream.only_request.header("Authorization") == f"Bearer {key}"

    def test_services_whose_names_differ_in_case_keep_their_own_keys(self, old, upstream):
        names = ["api", "API", "Api"]
        old.save(
            {
                "services": {name: bearer(upstream, f"key-of-{name}") for name in names},
                "capabilities": {name: capability(name) for name in names},
            }
        )
        server = old.home.serve()
        for name in names:
            assert not server.execute("GET", "/x", name).is_error
        assert [request.header("Authorization") for request in upstream.requests] == [
            f"Bearer key-of-{name}" for name in names
        ]

    @pytest.mark.parametrize("nothing", ["null", "", "{}"], ids=["null", "empty", "empty map"])
    def test_nothing_configured(self, separate, nothing):
        separate.save({})
        separate.home.configure(f"version: 0.3.0\nservices: {nothing}\ncapabilities: {nothing}\n")
        assert problems(separate.home, 0, "error") == []
        assert separate.home.serve().call("list_services").data == []

    def test_what_init_left_behind(self, empty_home):
        old = Janee016(empty_home, "0.2.0")
        empty_home.configure(
            f"# Janee Configuration\nversion: '0.2.0'\nmasterKey: '{old.encoded_key}'\n\n"
            "# llm:\n#   provider: openai\n\nserver:\n  port: 9119\n  host: localhost\n\n"
            "services:\n  # stripe:\n  #   baseUrl: https://api.stripe.com\n\n"
            "capabilities:\n  # stripe:\n  #   service: stripe\n"
        )
        before = files(empty_home)
        assert problems(empty_home, 0, "error") == []
        assert empty_home.serve().call("list_services").data == []
        assert {path: files(empty_home)[path] for path in before} == before

    @pytest.mark.parametrize("type", PLANNED)
    def test_an_auth_type_of_later_loads_and_is_refused(self, old, upstream, type):
        key = plain_canary()
        old.save(
            {
                "services": {
                    "later": {"baseUrl": upstream.base_url, "auth": {"type": type, **PLANNED[type]}},
                    "now": bearer(upstream, key),
                },
                "capabilities": {"later": capability("later"), "now": capability("now")},
            }
        )
        assert problems(old.home, 0, "error") == []
        assert [problem["code"] for problem in problems(old.home, 0, "warning")] == ["NOT_USABLE"]
        server = old.home.serve()
        assert server.execute("GET", "/x", "later").reason_code == "AUTH_TYPE_UNAVAILABLE"
        assert upstream.connections == []
        assert not server.execute("GET", "/x", "now").is_error

    def test_values_of_another_auth_type_are_left_alone(self, separate, upstream):
        """The type was changed by hand, and Janee 0.16 has not saved since."""
        separate.save(one_service(bearer(upstream, "the-key")))
        separate.stored("api").update(headers={"X-Api-Key": separate.encrypt("old")}, apiSecret=separate.encrypt("old"))
        separate.credentials["secrets"]["gone"] = {"key": separate.encrypt("old")}
        separate.write()
        assert not separate.home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer the-key"
        assert upstream.only_request.header("X-Api-Key") is None

    FRAMING = [
        "Host", "content-length", "Transfer-Encoding", "Connection", "TE", "Expect", "Upgrade", "Accept-Encoding",
    ]  # fmt: skip

    @pytest.mark.parametrize("name", [*FRAMING, "X Api", "X:Api"])
    def test_a_stored_header_that_frames_the_request_is_not_sent(self, old, upstream, name):
        auth = {"type": "headers", "headers": {name: "evil.example", "X-Api-Key": "fine"}}
        old.save(one_service({"baseUrl": upstream.base_url, "auth": auth}))
        assert is_refused(old.home)
        assert upstream.connections == []

    def test_a_stored_header_in_two_cases_is_not_sent_twice(self, old, upstream):
        auth = {"type": "headers", "headers": {"X-Api-Key": "one", "x-api-key": "two"}}
        old.save(one_service({"baseUrl": upstream.base_url, "auth": auth}))
        assert is_refused(old.home) or len(upstream.only_request.values("X-Api-Key")) == 1

    def test_the_local_store_uses_the_same_master_key(self, old, upstream):
        old.save(one_service(bearer(upstream, "the-key")))
        old.home.set_secret("another", "stored by this version")
        assert old.home.reveal("another") == "stored by this version"
        assert not (old.home.path / "master.key").exists()

    def test_a_value_that_janee_016_changes_meanwhile_is_used(self, separate, upstream):
        separate.save(one_service(bearer(upstream, "the-key")))
        server = separate.home.serve()
        assert not server.execute("GET", "/x").is_error
        separate.master_key = bytes(reversed(separate.master_key))
        separate.save(one_service(bearer(upstream, "the-next-key")))
        assert not server.execute("GET", "/x").is_error
        assert [request.header("Authorization") for request in upstream.requests] == [
            "Bearer the-key", "Bearer the-next-key",
        ]  # fmt: skip

    def test_a_master_key_that_was_taken_out_of_the_file(self, separate, upstream):
        separate.save(one_service(bearer(upstream, "the-key")))
        del separate.credentials["masterKey"]
        separate.write()
        assert separate.home.serve().execute("GET", "/x").code == "PROVIDER_CONFIG_INVALID"
        server = separate.home.serve(JANEE_MASTER_KEY=separate.encoded_key)
        assert not server.execute("GET", "/x").is_error

    def test_a_master_key_of_the_environment_does_not_replace_that_of_the_home(self, old, upstream):
        old.save(one_service(bearer(upstream, "the-key")))
        other = base64.b64encode(bytes(32)).decode()
        assert not old.home.serve(JANEE_MASTER_KEY=other).execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer the-key"


def is_refused(home: JaneeHome) -> bool:
    """Whether the server does not start with the configuration, or refuses the call."""
    return home.run("serve").code != 0 or home.serve().execute("GET", "/x").is_error


class TestPrecedence:
    """A reference in config.yaml wins; what is encrypted is used where there is none."""

    REFERENCES = {
        "bare": "api-key",
        "of the local provider": "local://api-key",
        "structured": {"provider": "local", "path": "api-key"},
    }

    @pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES.keys())
    def test_a_reference_wins(self, old, upstream, reference):
        old.save(one_service(bearer(upstream, "encrypted")))
        old.home.set_secret("api-key", "referred-to")
        old.document["services"]["api"]["auth"]["key"] = reference
        old.write()
        assert not old.home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer referred-to"

    def test_a_reference_that_is_not_stored_does_not_fall_back(self, old, upstream):
        old.save(one_service(bearer(upstream, "encrypted")))
        old.document["services"]["api"]["auth"]["key"] = "local://nowhere"
        old.write()
        assert old.home.serve().execute("GET", "/x").code == "SECRET_NOT_FOUND"
        assert upstream.connections == []

    @pytest.mark.parametrize("spelling", ["X-Api-Key", "x-api-key"])
    def test_a_reference_wins_for_its_header_alone(self, old, upstream, spelling):
        headers = {"X-Api-Key": "encrypted", "X-Api-Secret": "encrypted too"}
        old.save(one_service({"baseUrl": upstream.base_url, "auth": {"type": "headers", "headers": headers}}))
        old.home.set_secret("api-key", "referred-to")
        auth = old.document["services"]["api"]["auth"]
        blobs = {name: blob for name, blob in auth.get("headers", {}).items() if name != "X-Api-Key"}
        auth["headers"] = {spelling: "local://api-key", **blobs}
        old.write()
        assert not old.home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("X-Api-Key") == "referred-to"
        assert upstream.only_request.header("X-Api-Secret") == "encrypted too"

    def test_a_service_without_either_is_refused(self, separate, upstream):
        separate.save(one_service(bearer(upstream, "encrypted")))
        separate.credentials["secrets"] = {"another": separate.stored("api")}
        separate.write()
        (error,) = problems(separate.home, 1, "error")
        assert error["field"] == "services.api.auth"
        assert "'key'" in error["message"]

    def test_a_key_in_clear_is_not_taken_for_an_encrypted_one(self, old, upstream):
        """As the file that `init` wrote invited people to do."""
        key = plain_canary()
        old.save(one_service(bearer(upstream, "encrypted")))
        old.document["services"]["api"]["auth"]["key"] = key
        old.write()
        server = old.home.serve()
        assert server.execute("GET", "/x").code == "SECRET_NOT_FOUND"
        server.stop()
        assert upstream.connections == []
        LeakDetector(key).check(**said(server), validate=both(old.home.run("config", "validate")))


def _flipped(blob: str, place: int) -> str:
    data = bytearray(base64.b64decode(blob))
    data[place] ^= 1
    return base64.b64encode(data).decode()


class TestWhatCannotBeDecrypted:
    DAMAGE = {
        "nonce": lambda blob: _flipped(blob, 0),
        "tag": lambda blob: _flipped(blob, 12),
        "ciphertext": lambda blob: _flipped(blob, -1),
        "cut": lambda blob: base64.b64encode(base64.b64decode(blob)[:-1]).decode(),
        "tag behind the ciphertext": lambda blob: base64.b64encode(
            base64.b64decode(blob)[:12] + base64.b64decode(blob)[28:] + base64.b64decode(blob)[12:28]
        ).decode(),
    }
    RUBBISH = {
        "only nonce and tag": lambda blob: base64.b64encode(base64.b64decode(blob)[:28]).decode(),
        "too short": lambda blob: base64.b64encode(base64.b64decode(blob)[:27]).decode(),
        "not base64": lambda blob: "!" + blob,
        "empty": lambda blob: "",
        "with a marker": lambda blob: "janee:1:" + blob,
    }

    @pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
    def test_a_damaged_value(self, old, upstream, damage):
        self.check(old, upstream, damage)

    @pytest.mark.parametrize("damage", RUBBISH.values(), ids=RUBBISH.keys())
    def test_what_is_no_value_at_all(self, separate, upstream, damage):
        self.check(separate, upstream, damage)

    def check(self, old, upstream, damage) -> None:
        """The service fails without a word about the value; another one works."""
        key = plain_canary()
        old.save(
            {
                "services": {"api": bearer(upstream, key), "other": bearer(upstream, "works")},
                "capabilities": {"api": capability(), "other": capability("other")},
            }
        )
        blob = damage(old.stored("api")["key"])
        old.stored("api")["key"] = blob
        old.write()
        server = old.home.serve()
        result = server.execute("GET", "/x")
        assert result.is_error and result.code == "PROVIDER_INTERNAL_ERROR", result.text
        assert upstream.connections == []
        assert not server.execute("GET", "/x", "other").is_error
        assert server.stop() == 0
        for secret in (key, old.encoded_key):
            LeakDetector(secret).check(**said(server))
        assert not blob or blob.encode() not in bytes(server.stdout) + bytes(server.stderr)
        assert b"'api'" in server.stderr and b"PROVIDER_INTERNAL_ERROR" in server.stderr

    def test_another_master_key(self, old, upstream):
        key = plain_canary()
        old.save(one_service(bearer(upstream, key)))
        old.master_key = bytes(range(32))
        (old.document if old.is_inline else old.credentials)["masterKey"] = old.encoded_key
        old.write()
        server = old.home.serve()
        result = server.execute("GET", "/x")
        assert result.is_error and result.code == "PROVIDER_INTERNAL_ERROR", result.text
        assert upstream.connections == []
        server.stop()
        for secret in (key, old.encoded_key):
            LeakDetector(secret).check(**said(server))

    KEYS = {"short": "c2hvcnQ=", "not base64": "!" + "A" * 43, "in hex": "00" * 32, "33 bytes": "A" * 44}

    @pytest.mark.parametrize("master_key", KEYS.values(), ids=KEYS.keys())
    def test_what_is_no_master_key(self, old, upstream, master_key):
        old.save(one_service(bearer(upstream, "the-key")))
        (old.document if old.is_inline else old.credentials)["masterKey"] = master_key
        old.write()
        server = old.home.serve()
        result = server.execute("GET", "/x")
        assert result.is_error and result.code == "PROVIDER_CONFIG_INVALID", result.text
        assert upstream.connections == []
        server.stop()
        assert b"masterKey in " in server.stderr
        assert master_key.encode() not in bytes(server.stdout) + bytes(server.stderr)


class TestCredentialsFile:
    @pytest.fixture
    def stored(self, separate, upstream) -> Janee016:
        """A home with one service."""
        separate.save(one_service(bearer(upstream, plain_canary())))
        return separate

    def test_a_missing_file_is_explained(self, stored):
        stored.home.credentials_file.unlink()
        (error,) = problems(stored.home, 1, "error")
        assert error["field"] == "services.api.auth"
        assert "'key'" in error["message"]
        assert f"{stored.home.config_file}:6:7: error" in stored.home.run("serve").expect(1).errors

    def test_a_missing_file_is_named(self, stored):
        """The version tells that the values were there; 'misses the required field' alone sends people elsewhere."""
        stored.home.credentials_file.unlink()
        assert "credentials.json" in both(stored.home.run("config", "validate").expect(1)).decode()

    GARBLED = {
        "empty": lambda text: b"",
        "cut": lambda text: text[: len(text) // 2],
        "text before": lambda text: b"x" + text,
        "text after": lambda text: text + b"x",
        "not text": lambda text: b"\xff\xfe" + text,
        "a list": lambda text: b"[" + text + b"]",
        "a string": lambda text: json.dumps(text.decode()).encode(),
        "a number in place of a value": lambda text: re.sub(rb'("key": )"[^"]*"', rb"\1 7", text),
        "null in place of a value": lambda text: re.sub(rb'("key": )"[^"]*"', rb"\1 null", text),
        "a list in place of a service": lambda text: re.sub(rb'("api": ){[^}]*}', rb"\1 []", text),
        "a list in place of the services": lambda text: re.sub(rb'("secrets": ){.*}\s*}', rb"\1 []}", text, flags=re.S),
    }

    @pytest.mark.parametrize("garble", GARBLED.values(), ids=GARBLED.keys())
    def test_a_garbled_file_is_explained_without_its_content(self, stored, garble):
        text = stored.home.credentials_file.read_bytes()
        blob = stored.stored("api")["key"]
        stored.write_credentials(garble(text))
        for command in (("config", "validate"), ("config", "validate", "--json"), ("serve",)):
            output = both(stored.home.run(*command).expect(1))
            assert b"credentials.json" in output, command
            LeakDetector(stored.encoded_key).check(output=output)
            LeakDetector(blob).check(output=output)

    def test_a_file_that_is_garbled_meanwhile_fails_the_calls_and_not_the_server(self, stored, upstream):
        server = stored.home.serve()
        assert not server.execute("GET", "/x").is_error
        text = stored.home.credentials_file.read_bytes()
        stored.write_credentials(text[:-20])
        assert server.execute("GET", "/x").code == "PROVIDER_CONFIG_INVALID"
        stored.write_credentials(text)
        assert not server.execute("GET", "/x").is_error
        assert len(upstream.requests) == 2

    @pytest.mark.parametrize("mode", [0o666, 0o660, 0o602, 0o620])
    @pytest.mark.parametrize("command", [("config", "validate"), ("serve",)], ids=" ".join)
    def test_a_file_that_others_can_write_is_refused(self, stored, mode, command):
        stored.home.credentials_file.chmod(mode)
        output = both(stored.home.run(*command).expect(1)).decode()
        assert f"chmod 600 {stored.home.credentials_file}" in output

    def test_a_file_that_others_can_write_meanwhile_is_not_used(self, stored, upstream):
        server = stored.home.serve()
        server.wait_for_stderr("started")
        stored.home.credentials_file.chmod(0o666)
        assert server.execute("GET", "/x").code == "PROVIDER_CONFIG_INVALID"
        assert upstream.connections == []

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
    def test_a_file_that_others_can_read_is_a_warning(self, stored, upstream, mode):
        stored.home.credentials_file.chmod(mode)
        (warning,) = problems(stored.home, 0, "warning")
        assert f"chmod 600 {stored.home.credentials_file}" in warning["message"]
        server = stored.home.serve()
        assert not server.execute("GET", "/x").is_error
        assert stored.home.credentials_file.name.encode() in server.stderr


class TestAddresses:
    """Janee 0.16 reached private addresses and plain http without being told; nothing is sent in these tests."""

    BLOCKS = {
        "https://10.1.2.3": "{ allow: [10.1.2.3/32] }",
        "https://172.16.0.9/v1": "{ allow: [172.16.0.9/32] }",
        "http://192.168.1.5:8080": "{ allow: [192.168.1.5/32], allowPlaintext: true }",
        "https://100.64.0.1": "{ allow: [100.64.0.1/32] }",
        "https://[fd00::1]": "{ allow: ['fd00::1/128'] }",
        "http://api.example.com": "{ allowPlaintext: true }",
    }
    """The base URLs with what they need now."""

    @pytest.mark.parametrize(("base_url", "block"), BLOCKS.items(), ids=BLOCKS.keys())
    def test_it_is_reached_with_a_warning_that_names_the_block(self, old, base_url, block):
        old.save(one_service(bearer(base_url, "the-key")))
        (warning,) = problems(old.home, 0, "warning")
        assert warning["field"] == "services.api.baseUrl"
        assert f"network: {block}" in warning["message"]
        assert problems(old.home, 0, "error") == []

    @pytest.mark.parametrize(("base_url", "block"), BLOCKS.items(), ids=BLOCKS.keys())
    def test_with_the_block_there_is_no_warning(self, old, base_url, block):
        old.save(one_service(bearer(base_url, "the-key")))
        text = old.home.config_file.read_text()
        old.home.configure(text.replace("  api:\n    baseUrl:", f"  api:\n    network: {block}\n    baseUrl:"))
        assert f"network: {block}" in old.home.config_file.read_text()
        assert problems(old.home, 0, "warning") == []

    @pytest.mark.parametrize("base_url", BLOCKS)
    def test_a_block_that_is_there_counts(self, old, base_url):
        """Whoever writes one says what is wanted, as in a new home."""
        old.save(one_service(bearer(base_url, "the-key", network={"allow": ["10.9.9.0/24"]})))
        assert {problem["field"] for problem in problems(old.home, 1, "error")} == {"services.api.baseUrl"}

    @pytest.mark.parametrize("base_url", BLOCKS)
    def test_the_same_file_without_its_secrets_is_refused(self, separate, base_url):
        separate.save(one_service(bearer(base_url, "the-key")))
        separate.document["services"]["api"]["auth"]["key"] = "local://api-key"
        separate.write()
        assert problems(separate.home, 0, "error") == []
        separate.home.credentials_file.unlink()
        errors = problems(separate.home, 1, "error")
        assert {problem["field"] for problem in errors} == {"services.api.baseUrl"}

    @pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "0.0.0.1", "[fe80::1]", "[fd00:ec2::254]"])
    def test_what_must_never_be_reached_is_refused_here_too(self, old, address):
        old.save(one_service(bearer(f"http://{address}", "the-key")))
        assert {problem["field"] for problem in problems(old.home, 1, "error")} == {"services.api.baseUrl"}

    def test_loopback_needs_nothing(self, old):
        old.save(one_service(bearer("http://127.0.0.1:9", "the-key")))
        assert problems(old.home, 0, "warning") == []

    @pytest.mark.parametrize("version", ["0.1.0", "0.2.0", "0.3.0", "'0.3.0'", '"0.3.0"', "0.3", "0.2"])
    def test_versions_of_janee_016(self, separate, version):
        assert self.validate(separate, f"version: {version}\n") == 0

    @pytest.mark.parametrize(
        "version", ["0.3.1", "0.4.0", "'0.4.0'", "0.4", "1.0.0", "1", "0.30.0", "latest", "''", "0.3.0.1", "-0.3.0"]
    )
    def test_other_versions(self, separate, version):
        assert self.validate(separate, f"version: {version}\n") == 1

    def test_no_version(self, separate):
        assert self.validate(separate, "") == 1

    def validate(self, separate, line: str) -> int:
        """The exit code for a private address under a line with the version."""
        separate.save(one_service(bearer("https://10.1.2.3", "the-key")))
        del separate.document["version"]
        separate.home.configure(line + js_yaml(separate.document))
        done = separate.home.run("config", "validate", "--json")
        errors = [problem["field"] for problem in done.json["problems"] if problem["severity"] == "error"]
        assert errors == (["services.api.baseUrl"] if done.code else [])
        return done.code


RULES = {
    "a list": "rules:\n  - allow: GET /v1/*\n  - allow: POST /v1/orders\n  - deny: GET /v1/secrets\n",
    "a list in another order": (
        "rules:\n  - deny: GET /v1/secrets\n  - allow: POST /v1/orders\n  - allow: GET /v1/*\n"
    ),
    "a list of lists": "rules:\n  - allow: [GET /v1/*, POST /v1/orders]\n  - deny: [GET /v1/secrets]\n",
    "single patterns and lists": (
        "rules:\n  - allow: [GET /v1/*]\n  - deny: GET /v1/secrets\n  - allow: POST /v1/orders\n"
    ),
    "a map": "rules:\n  allow: [GET /v1/*, POST /v1/orders]\n  deny: [GET /v1/secrets]\n",
}
"""Spellings of the same rules."""

VERDICTS = {
    ("GET", "/v1/x"): True,
    ("POST", "/v1/orders"): True,
    ("GET", "/v1/secrets"): False,
    ("POST", "/v1/x"): False,
    ("GET", "/v2/x"): False,
    ("DELETE", "/v1/x"): False,
}
"""What they mean."""


def indented(text: str, width: int) -> str:
    """Every line further to the right."""
    return "".join(" " * width + line for line in text.splitlines(keepends=True))


class TestListForms:
    """Forms of the documentation of Janee 0.16, which it read as no rules at all."""

    SERVICES = "services:\n  api:\n    baseUrl: {url}\n    auth: {{ type: bearer, key: api-key }}\n"
    SERVICES_AS_A_LIST = "services:\n  - name: api\n    baseUrl: {url}\n    auth: {{ type: bearer, key: api-key }}\n"

    def assert_enforced(self, home, upstream) -> None:
        """The rules decide as they should."""
        server = home.serve()
        for (method, path), allowed in VERDICTS.items():
            result = server.execute(method, path, "shop")
            assert result.is_error is not allowed, (method, path, result.text)
            assert allowed or result.reason_code == "RULE_DENY"
        assert [(request.method, request.path) for request in upstream.requests] == [
            call for call, allowed in VERDICTS.items() if allowed
        ]

    @pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
    def test_rules_of_a_map_of_capabilities(self, home, upstream, rules):
        text = f"capabilities:\n  shop:\n    service: api\n    ttl: 1h\n{indented(rules, 4)}"
        home.configure(self.SERVICES.format(url=upstream.base_url) + text)
        self.assert_enforced(home, upstream)

    @pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
    @pytest.mark.parametrize("services", [SERVICES, SERVICES_AS_A_LIST], ids=["map", "list"])
    def test_rules_of_a_list_of_capabilities(self, home, upstream, services, rules):
        text = f"capabilities:\n  - name: shop\n    service: api\n    ttl: 1h\n{indented(rules, 4)}"
        home.configure(services.format(url=upstream.base_url) + text)
        assert problems(home, 0, "error") == []
        self.assert_enforced(home, upstream)

    def test_each_capability_of_a_list_keeps_its_own_rules(self, home, upstream):
        text = (
            "capabilities:\n"
            "  - name: reader\n    service: api\n    rules:\n      - allow: GET *\n"
            "  - name: writer\n    service: api\n    rules:\n      allow: [POST *]\n"
            "  - { name: alices, service: api, allowedAgents: [alice] }\n"
            "  - { service: api, allowedAgents: [bob], name: bobs }\n"
        )
        home.configure(self.SERVICES.format(url=upstream.base_url) + text)
        server = home.serve()
        allowed = {
            (name, method): not server.execute(method, "/x", name).is_error
            for name in ("reader", "writer", "alices", "bobs")
            for method in ("GET", "POST")
        }
        assert [call for call, verdict in allowed.items() if verdict] == [
            ("reader", "GET"), ("writer", "POST"), ("alices", "GET"), ("alices", "POST"),
        ]  # fmt: skip
        assert {entry["name"] for entry in server.call("list_services").data} == {"reader", "writer", "alices"}
        for name in ("0", "1"):
            assert server.execute("GET", "/x", name).reason_code == "CAPABILITY_NOT_FOUND"

    def test_deny_rules_alone_allow_the_rest(self, home, upstream):
        text = "capabilities:\n  - name: shop\n    service: api\n    rules:\n      - deny: DELETE *\n"
        home.configure(self.SERVICES.format(url=upstream.base_url) + text)
        server = home.serve()
        assert server.execute("DELETE", "/x", "shop").reason_code == "RULE_DENY"
        assert not server.execute("GET", "/x", "shop").is_error

    def test_no_allow_pattern_allows_nothing(self, home, upstream):
        text = "capabilities:\n  - name: shop\n    service: api\n    rules:\n      - allow: []\n"
        home.configure(self.SERVICES.format(url=upstream.base_url) + text)
        assert home.serve().execute("GET", "/x", "shop").reason_code == "RULE_DENY"
        assert upstream.connections == []

    def test_lists_find_their_encrypted_values(self, old, upstream):
        old.save(one_service(bearer(upstream, "the-key")))
        for block in ("services", "capabilities"):
            old.document[block] = [{"name": name, **entry} for name, entry in old.document[block].items()]
        old.write()
        assert not old.home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == "Bearer the-key"

    MALFORMED = {
        "a capability without name": ("- service: api", 6, "capabilities[0]"),
        "a capability whose name is a number": ("- name: 7\n  service: api", 6, "capabilities[0]"),
        "a capability without value for its name": ("- name:\n  service: api", 6, "capabilities[0]"),
        "a capability with an empty name": ("- name: ''\n  service: api", 6, "capabilities."),
        "a name alone": ("- shop", 6, "capabilities[0]"),
        "a list in the list": ("- - name: shop\n    service: api", 6, "capabilities[0]"),
        "the same name twice": ("- name: a\n  service: api\n- name: a\n  service: api", 8, "capabilities[1].name"),
        "the same name twice, one malformed": (
            "- name: a\n  service: api\n- name: a\n  nonsense: true", 8, "capabilities[1].name",
        ),
        "an unknown field": ("- name: a\n  service: api\n  policies: []", 8, "capabilities.a.policies"),
        "an unknown field of the second": (
            "- name: a\n  service: api\n- name: b\n  service: api\n  rule: x", 10, "capabilities.b.rule",
        ),
        "an unknown service": ("- name: a\n  service: apy", 7, "capabilities.a.service"),
        "two keys in a rule": (
            "- name: a\n  service: api\n  rules:\n    - allow: GET *\n      deny: POST *", 9, "capabilities.a.rules",
        ),
        "a rule without key": ("- name: a\n  service: api\n  rules:\n    - GET *", 9, "capabilities.a.rules"),
        "a rule with no key": ("- name: a\n  service: api\n  rules:\n    - {}", 9, "capabilities.a.rules"),
        "an unknown kind of rule": (
            "- name: a\n  service: api\n  rules:\n    - permit: GET *", 9, "capabilities.a.rules.permit",
        ),
        "an unknown kind beside known ones": (
            "- name: a\n  service: api\n  rules:\n    - allow: GET *\n    - dney: GET /x",
            10,
            "capabilities.a.rules.dney",
        ),
        "a rule without pattern": (
            "- name: a\n  service: api\n  rules:\n    - allow:", 9, "capabilities.a.rules.allow",
        ),
        "a pattern that is a map": (
            "- name: a\n  service: api\n  rules:\n    - allow: { method: GET }", 9, "capabilities.a.rules.allow",
        ),
        "a pattern without path": (
            "- name: a\n  service: api\n  rules:\n    - allow: GET", 9, "capabilities.a.rules.allow",
        ),
        "a pattern of a list without path": (
            "- name: a\n  service: api\n  rules:\n    - deny: POST *\n    - deny: [GET *, GET]",
            10,
            "capabilities.a.rules.deny",
        ),
        "a number as pattern": (
            "- name: a\n  service: api\n  rules:\n    - allow: 7", 9, "capabilities.a.rules.allow",
        ),
    }  # fmt: skip

    @pytest.mark.parametrize(("items", "line", "field"), MALFORMED.values(), ids=MALFORMED.keys())
    def test_what_is_malformed_does_not_load(self, home, upstream, items, line, field):
        text = self.SERVICES.format(url=upstream.base_url) + f"capabilities:\n{indented(items, 2)}\n"
        home.configure(text)
        errors = problems(home, 1, "error")
        places = [(problem["line"], problem["field"]) for problem in errors]
        assert any(at == line and name.startswith(field) for at, name in places), errors
        assert f"config.yaml:{line}:" in home.run("serve").expect(1).errors

    def test_a_malformed_rule_does_not_load_in_a_map_either(self, home):
        for rules in ("[GET *]", "[{ allow: GET *, deny: POST * }]", "[{ permit: GET * }]", "[{}]", "GET *", "7"):
            text = f"capabilities:\n  shop:\n    service: api\n    rules: {rules}\n"
            home.configure(self.SERVICES.format(url="https://a.example") + text)
            fields = {problem["field"] for problem in problems(home, 1, "error")}
            assert all(field.startswith("capabilities.shop.rules") for field in fields), rules

    def test_a_list_of_services_is_checked_likewise(self, home):
        for item, field in {
            "- baseUrl: https://a.example": "services[0]",
            "- name: api\n  baseUrl: https://a.example": "services.api",
            "- name: api\n  baseUrl: https://a.example\n  tokn: x": "services.api.tokn",
        }.items():
            home.configure(f"services:\n{indented(item, 2)}\n")
            assert field in {problem["field"] for problem in problems(home, 1, "error")}, item
