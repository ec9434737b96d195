"""The auth types `basic` and `headers` (and what bearer keys must look like): sent, refused, scrubbed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from support import behaviours
from support.config import capability, one_api, service
from support.home import JaneeHome
from support.leaks import LeakDetector, awkward_canary, plain_canary
from support.stdio import StdioServer, ToolResult
from support.upstream import Exchange, Upstream

USER = "AC01"
"""A user name that is shorter than what the detector of leaks counts as a piece of a secret."""


def configured(home: JaneeHome, upstream: Upstream, auth: dict[str, Any], **extra: Any) -> JaneeHome:
    """The home with one service of this `auth`."""
    services = {"api": {"baseUrl": upstream.base_url, "auth": auth, **extra}}
    home.configure({"services": services, "capabilities": {"api": capability()}})
    return home


def basic(username: Any, password: Any = "password") -> dict[str, Any]:
    """The `auth` block of a basic service."""
    return {"type": "basic", "username": username, "password": password}


def headers(**references: Any) -> dict[str, Any]:
    """The `auth` block of a service with headers; `_` in a name stands for `-`."""
    return {"type": "headers", "headers": {name.replace("_", "-"): value for name, value in references.items()}}


def pair(user: str, password: str) -> str:
    """User name and password as they go over the wire."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def assert_unusable(result: ToolResult, upstream: Upstream, *values: str) -> None:
    """The credential cannot be used; nothing was sent and no value is quoted."""
    assert result.is_error and result.code == "CREDENTIAL_UNUSABLE", result.text
    assert upstream.connections == []
    for value in values:
        assert not value or value not in result.data["error"]


def check_leaks(home: JaneeHome, server: StdioServer, *secrets: str) -> None:
    """Nothing that the server let out holds one of the secrets."""
    assert server.stop() == 0
    logs = b"".join(file.read_bytes() for file in home.log_files)
    shown = home.run("logs", "--json", "-n", "100").expect(0).stdout
    for secret in secrets:
        LeakDetector(secret).check(stdout=server.stdout, stderr=server.stderr, logs=logs, shown=shown)


ECHOES: dict[str, behaviours.Behaviour] = {
    "headers as JSON": behaviours.echo,
    "in response headers": behaviours.echo_in_headers,
    "as text": behaviours.echo_authorization,
    "compressed with gzip": behaviours.echo_gzip,
    "compressed with deflate": behaviours.echo_deflate,
    "in base64": behaviours.echo_base64,
    "in a binary body": behaviours.echo_binary,
    "cut in two chunks": behaviours.echo_in_two_writes,
    "401 page": behaviours.unauthorized_page,
    "not HTTP at all": behaviours.raw(b"SSH-2.0-OpenSSH\r\n"),
}


class TestBasic:
    USERS = {
        "plain text": (USER, USER),
        "plain text with an at sign": ("ops@example.com", "ops@example.com"),
        "plain text that is the name of a secret": ("user", "user"),
        "a reference": ("local://user", "stored user"),
        "a reference of the reserved name": ("filesystem://user", "stored user"),
        "a structured reference": ({"provider": "local", "path": "user"}, "stored user"),
        "a deeper reference": ("local://team/user", "team's user"),
        "beyond ASCII": ("jürgen", "jürgen"),
    }

    @pytest.fixture
    def stored(self, home) -> JaneeHome:
        """A home with a password and user names."""
        for name, value in {"password": "pass word", "user": "stored user", "team/user": "team's user"}.items():
            home.set_secret(name, value)
        return home

    @pytest.mark.parametrize(("username", "sent"), USERS.values(), ids=USERS.keys())
    def test_user_name_and_password_are_sent(self, stored, upstream, username, sent):
        assert not configured(stored, upstream, basic(username)).serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {pair(sent, 'pass word')}"

    @pytest.mark.parametrize("reference", ["password", "local://password", {"provider": "local", "path": "password"}])
    def test_the_password_is_always_a_reference(self, stored, upstream, reference):
        assert not configured(stored, upstream, basic(USER, reference)).serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {pair(USER, 'pass word')}"

    PASSWORDS = {
        "a colon": "with:colon:s",
        "spaces at the ends": " spaced ",
        "beyond ASCII": "pässwörd 🔑",
        "one character": "x",
        "long": "x" * 3000,
        "nothing": "",
    }

    @pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
    def test_passwords_of_every_kind(self, home, upstream, password):
        home.set_secret("password", password)
        assert not configured(home, upstream, basic(USER)).serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {pair(USER, password)}"

    def test_a_key_as_user_name_without_a_password(self, home, upstream, api_key):
        """As some APIs have it."""
        home.set_secret("password", "")
        assert not configured(home, upstream, basic("local://api-key")).serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {pair(api_key, '')}"

    UNUSABLE = {
        "a colon in the user name": ("al:ice", None, "pw"),
        "a colon in a stored user name": ("local://user", "al:ice", "pw"),
        "a line break in a stored user name": ("local://user", "al\r\nX-Evil: 1", "pw"),
        "a zero byte in a stored user name": ("local://user", "al\0ice", "pw"),
        "a delete character in a stored user name": ("local://user", "al\x7fice", "pw"),
        "a line break in the password": (USER, None, "secret\r\nX-Evil: 1"),
        "a line feed in the password": (USER, None, "sec\nret"),
        "a zero byte in the password": (USER, None, "sec\0ret"),
        "a tab in the password": (USER, None, "sec\tret"),
        "a delete character in the password": (USER, None, "sec\x7fret"),
        "nothing in either": ("local://user", "", ""),
    }

    @pytest.mark.parametrize(("username", "user", "password"), UNUSABLE.values(), ids=UNUSABLE.keys())
    def test_what_cannot_be_sent_is_refused(self, home, upstream, username, user, password):
        home.set_secret("password", password)
        if user is not None:
            home.set_secret("user", user)
        result = configured(home, upstream, basic(username)).serve().execute("GET", "/x")
        assert_unusable(result, upstream, user or "", password)

    @pytest.mark.parametrize("missing", ["user", "password"])
    def test_what_is_not_stored_is_not_sent(self, stored, upstream, missing):
        stored.run("secret", "delete", missing, "--yes").expect(0)
        result = configured(stored, upstream, basic("local://user")).serve().execute("GET", "/x")
        assert result.is_error and result.code == "SECRET_NOT_FOUND"
        assert upstream.connections == []

    MALFORMED = {
        "no user name": ({"type": "basic", "password": "password"}, "services.api.auth"),
        "no password": ({"type": "basic", "username": USER}, "services.api.auth"),
        "an empty user name": (basic(""), "services.api.auth.username"),
        "a number as user name": (basic(7), "services.api.auth.username"),
        "a list as user name": (basic(["a"]), "services.api.auth.username"),
        "an unknown provider": (basic("vault://user"), "services.api.auth.username"),
        "a malformed reference": (basic("local://../user"), "services.api.auth.username"),
        "a map that is no reference": (basic({"name": "a"}), "services.api.auth.username"),
        "a number as password": (basic(USER, 7), "services.api.auth.password"),
        "a field of another type": ({**basic(USER), "key": "x"}, "services.api.auth.key"),
        "an unknown field": ({**basic(USER), "realm": "x"}, "services.api.auth.realm"),
    }

    @pytest.mark.parametrize(("auth", "field"), MALFORMED.values(), ids=MALFORMED.keys())
    def test_what_is_malformed_does_not_load(self, home, upstream, auth, field):
        configured(home, upstream, auth)
        found = home.run("config", "validate", "--json").expect(1).json["problems"]
        assert any(problem["field"].startswith(field) for problem in found if problem["severity"] == "error"), found
        home.run("serve").expect(1)

    def test_agents_cannot_send_authorization(self, stored, upstream):
        server = configured(stored, upstream, basic(USER)).serve()
        for name in ("Authorization", "authorization", "AUTHORIZATION"):
            result = server.execute("GET", "/x", headers={name: f"Basic {pair('me', 'mine')}"})
            assert result.reason_code == "REQUEST_REFUSED"
        assert upstream.connections == []

    def test_validate_names_what_is_not_stored_and_not_the_user_name(self, home, upstream):
        configured(home, upstream, basic("somebody", "some-password"))
        (problem,) = home.run("config", "validate", "--json").expect(0).json["problems"]
        assert (problem["severity"], problem["field"]) == ("warning", "services.api.auth.password")
        assert "some-password" not in problem["message"]


def quoting(text: bytes) -> behaviours.Behaviour:
    """An API that answers with this text."""
    return behaviours.fixed(200, b"before " + text + b" after", behaviours.TEXT)


def echo_decoded(exchange: Exchange) -> None:
    """The pair in clear, as a careless error page has it, also escaped as JSON encoders do."""
    scheme, _, value = (exchange.request.header("Authorization") or "").partition(" ")
    assert scheme == "Basic"
    decoded = base64.b64decode(value).decode()
    user, _, password = decoded.partition(":")
    escaped = "".join(f"\\u{ord(character):04x}" for character in password)
    document = json.dumps({"pair": decoded, "user": user, "password": password, "nested": json.dumps([password])})
    text = f'{decoded}\n{password}\n{document}\n"{escaped}"\n{document.replace("/", chr(92) + "/")}'
    exchange.respond(200, text.encode(), behaviours.TEXT)


def echo_password_in_base64(exchange: Exchange) -> None:
    """The password alone in base64, at all three alignments and in both alphabets."""
    value = (exchange.request.header("Authorization") or "").removeprefix("Basic ")
    password = base64.b64decode(value).partition(b":")[2]
    forms = [encode(b"x" * n + password) for n in range(3) for encode in (base64.b64encode, base64.urlsafe_b64encode)]
    exchange.respond(200, b"\n".join(forms), behaviours.TEXT)


class TestBasicIsScrubbed:
    CANARIES = {"plain": plain_canary, "awkward in base64": awkward_canary}
    ALL = {**ECHOES, "decoded": echo_decoded, "password in base64": echo_password_in_base64}

    @pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
    @pytest.mark.parametrize("echo", ALL.values(), ids=ALL.keys())
    def test_neither_password_nor_pair_comes_back(self, home, upstream, canary, echo):
        password = canary()
        home.set_secret("password", password)
        upstream.otherwise(echo)
        server = configured(home, upstream, basic(USER)).serve()
        server.execute("GET", "/x")
        server.execute("POST", "/y", body="{}", reason="to see what comes back")
        assert upstream.requests[0].header("Authorization") == f"Basic {pair(USER, password)}"
        check_leaks(home, server, password, pair(USER, password))

    @pytest.mark.parametrize("echo", ALL.values(), ids=ALL.keys())
    def test_nor_a_user_name_that_is_a_secret(self, home, upstream, echo):
        user, password = plain_canary(), plain_canary()
        home.set_secret("user", user)
        home.set_secret("password", password)
        upstream.otherwise(echo)
        server = configured(home, upstream, basic("local://user")).serve()
        server.execute("GET", "/x")
        assert upstream.requests[0].header("Authorization") == f"Basic {pair(user, password)}"
        check_leaks(home, server, user, password, pair(user, password))

    def test_the_same_holds_for_a_basic_pair_in_a_bearer_key(self, home, upstream):
        password = plain_canary()
        home.set_secret("api-key", f"Basic {pair(USER, password)}")
        upstream.otherwise(echo_decoded)
        home.configure(one_api(upstream.base_url))
        server = home.serve()
        assert not server.execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Basic {pair(USER, password)}"
        check_leaks(home, server, password, pair(USER, password))

    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
    def test_a_basic_pair_in_a_bearer_key_in_any_case(self, home, upstream, scheme):
        home.set_secret("api-key", f"{scheme} {pair(USER, 'pw')}")
        home.configure(one_api(upstream.base_url))
        assert not home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"{scheme} {pair(USER, 'pw')}"

    @pytest.mark.parametrize("key", ["Basic", "Basicx", "Basic !!!!", "Basic bm8tY29sb24=", "Token abc"])
    def test_what_is_no_basic_pair_stays_a_bearer_token(self, home, upstream, key):
        home.set_secret("api-key", key)
        home.configure(one_api(upstream.base_url))
        assert not home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Authorization") == f"Bearer {key}"

    def test_a_user_name_that_is_no_secret_stays_readable(self, home, upstream):
        home.set_secret("password", plain_canary())
        upstream.otherwise(quoting(b"account AC0123456789 is active"))
        answer = configured(home, upstream, basic("AC0123456789")).serve().execute("GET", "/x").data
        assert answer["body"] == "before account AC0123456789 is active after"

    def test_what_surrounds_the_pair_stays(self, home, upstream):
        home.set_secret("password", plain_canary())
        upstream.otherwise(behaviours.echo)
        answer = configured(home, upstream, basic(USER)).serve().execute("GET", "/x").data
        assert json.loads(answer["body"])["headers"]["Authorization"] == "Basic [REDACTED]"

    def test_redactions_are_counted_in_the_log(self, home, upstream):
        home.set_secret("password", plain_canary())
        upstream.otherwise(behaviours.echo)
        server = configured(home, upstream, basic(USER)).serve()
        server.execute("GET", "/x")
        assert server.stop() == 0
        assert home.records[-1]["details"] == {"redactions": "1"}


def echo_all_headers(exchange: Exchange) -> None:
    """Every value that came, as text, in a response header, and in base64."""
    values = [value for _, value in exchange.request.headers]
    encoded = [base64.b64encode(b"x" * n + value.encode()).decode() for value in values for n in range(3)]
    shown = {"X-Request-Id": " ".join(values), "ETag": f'"{values[-1]}"'}
    exchange.respond(200, "\n".join(values + encoded).encode(), {**behaviours.TEXT, **shown})


class TestHeaders:
    OWN = {"X-Api-Key": "search-key", "X-Api-Secret": "search-secret", "x-org": "local://org"}

    @pytest.fixture
    def keys(self, home) -> dict[str, str]:
        """The values by header; they are stored."""
        values = {name: plain_canary() for name in self.OWN}
        for name, reference in self.OWN.items():
            home.set_secret(reference, values[name])
        return values

    @pytest.fixture
    def searching(self, home, upstream, keys) -> JaneeHome:
        """A home with a service that has three headers."""
        return configured(home, upstream, {"type": "headers", "headers": self.OWN}, allowHeaders=["X-Tenant"])

    def test_each_header_is_sent_once_and_verbatim(self, searching, upstream, keys):
        assert not searching.serve().execute("POST", "/x", body="{}").is_error
        assert {name: upstream.only_request.header(name) for name in keys} == keys
        assert upstream.only_request.header("Authorization") is None

    VALUES = {
        "spaces inside": "a b  c",
        "quotes and signs": "\"a'; b=c, d:e \\ %0d%0a <x>",
        "like a scheme": "Bearer abc",
        "one character": "x",
        "long": "x" * 6000,
    }

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
    def test_values_of_every_kind(self, home, upstream, value):
        home.set_secret("search-key", value)
        assert not configured(home, upstream, headers(X_Api_Key="search-key")).serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("X-Api-Key") == value

    UNUSABLE = {
        "a line break": "good\r\nX-Evil: 1",
        "a line feed": "good\nX-Evil: 1",
        "a zero byte": "go\0od",
        "a tab": "go\tod",
        "a delete character": "go\x7fod",
        "beyond ASCII": "gööd",
        "a space before": " good",
        "a space after": "good ",
        "nothing": "",
    }

    @pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE.keys())
    def test_what_cannot_be_sent_is_refused(self, home, upstream, value):
        home.set_secret("search-key", value)
        home.set_secret("search-secret", "fine")
        auth = headers(X_Api_Secret="search-secret", X_Api_Key="search-key")
        result = configured(home, upstream, auth).serve().execute("GET", "/x")
        assert_unusable(result, upstream, value)
        assert "x-api-key" in result.data["error"].lower()

    @pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE.keys())
    def test_bearer_keys_are_held_to_the_same(self, home, upstream, value):
        home.set_secret("api-key", value)
        home.configure(one_api(upstream.base_url))
        assert_unusable(home.serve().execute("GET", "/x"), upstream, value)

    def test_one_header_that_is_not_stored_stops_the_call(self, searching, upstream):
        searching.run("secret", "delete", "search-secret", "--yes").expect(0)
        assert searching.serve().execute("GET", "/x").code == "SECRET_NOT_FOUND"
        assert upstream.connections == []

    @pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-SECRET", "X-Org", "Authorization", "X_Api_Key"])
    def test_agents_cannot_send_an_owned_header(self, searching, upstream, name):
        result = searching.serve().execute("GET", "/x", headers={name: "mine"})
        assert result.reason_code == "REQUEST_REFUSED", result.text
        assert name.lower() in result.text.lower()
        assert upstream.connections == []

    def test_agents_cannot_send_an_owned_header_that_the_operator_allowed_by_mistake(self, home, upstream, keys):
        auth = {"type": "headers", "headers": self.OWN}
        configured(home, upstream, auth, allowHeaders=["X-Api-Key", "x-org"])
        if home.run("config", "validate").code == 0:
            server = home.serve()
            for name in ("X-Api-Key", "X-ORG"):
                assert server.execute("GET", "/x", headers={name: "mine"}).reason_code == "REQUEST_REFUSED"
        assert upstream.connections == []

    @pytest.mark.parametrize("name", ["Accept", "User-Agent", "Idempotency-Key"])
    def test_a_header_that_agents_may_send_elsewhere_is_not_theirs_here(self, home, upstream, name):
        home.set_secret("search-key", "the-value")
        auth = {"type": "headers", "headers": {name: "search-key"}}
        server = configured(home, upstream, auth).serve()
        assert server.execute("GET", "/x", headers={name: "mine"}).reason_code == "REQUEST_REFUSED"
        assert upstream.connections == []

    @pytest.mark.parametrize("name", ["User-Agent", "Accept", "Content-Type", "Authorization", "Cookie"])
    def test_a_header_that_the_broker_sends_itself_is_sent_once(self, home, upstream, name):
        home.set_secret("search-key", "the-value")
        auth = {"type": "headers", "headers": {name: "search-key"}}
        configured(home, upstream, auth)
        assert not home.serve().execute("POST", "/x", body="{}").is_error
        assert upstream.only_request.values(name) == ["the-value"]

    def test_other_headers_pass_beside_the_owned_ones(self, searching, upstream, keys):
        sent = {"Accept": "text/plain", "X-Tenant": "7"}
        assert not searching.serve().execute("GET", "/x", headers=sent).is_error
        assert {name: upstream.only_request.header(name) for name in sent} == sent
        assert {name: upstream.only_request.header(name) for name in keys} == keys

    def test_two_services_keep_their_own_headers(self, home, upstream, keys):
        home.configure(
            {
                "services": {
                    "one": {"baseUrl": upstream.base_url, "auth": headers(X_Api_Key="search-key")},
                    "two": {"baseUrl": upstream.base_url, "auth": headers(X_Api_Secret="search-secret")},
                    "three": service(upstream.base_url),
                },
                "capabilities": {name: capability(name) for name in ("one", "two", "three")},
            }
        )
        server = home.serve()
        for name in ("one", "two", "three"):
            assert not server.execute("GET", "/x", name).is_error
        found = [
            {name for name in ("X-Api-Key", "X-Api-Secret", "Authorization") if request.header(name)}
            for request in upstream.requests
        ]
        assert found == [{"X-Api-Key"}, {"X-Api-Secret"}, {"Authorization"}]

    FRAMING = [
        "Host", "HOST", "Content-Length", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE",
        "Trailer", "Upgrade", "Expect", "Accept-Encoding", "Proxy-Connection", "HTTP2-Settings",
    ]  # fmt: skip
    NO_NAMES = ["", " ", "X Api-Key", "X-Api-Key:", "X-Api-Key ", ":authority", "X\nY", "é", "x" * 129]

    @pytest.mark.parametrize("name", FRAMING + NO_NAMES, ids=lambda name: json.dumps(name[:20]))
    def test_a_header_that_cannot_carry_a_credential_does_not_load(self, home, upstream, name):
        configured(home, upstream, {"type": "headers", "headers": {"X-Api-Key": "api-key", name: "api-key"}})
        found = home.run("config", "validate", "--json").expect(1).json["problems"]
        errors = [problem for problem in found if problem["severity"] == "error"]
        assert [problem["field"].startswith("services.api.auth.headers") for problem in errors] == [True], found
        home.run("serve").expect(1)

    def test_the_same_header_in_two_cases_is_not_sent_twice(self, home, upstream, keys):
        auth = {"type": "headers", "headers": {"X-Api-Key": "search-key", "x-api-key": "local://org"}}
        configured(home, upstream, auth)
        if home.run("config", "validate").code == 0:
            assert not home.serve().execute("GET", "/x").is_error
            assert len(upstream.only_request.values("X-Api-Key")) == 1

    MALFORMED = {
        "no headers": {"type": "headers"},
        "a list": {"type": "headers", "headers": ["X-Api-Key"]},
        "a text": {"type": "headers", "headers": "api-key"},
        "a number as reference": {"type": "headers", "headers": {"X-Api-Key": 7}},
        "an unknown provider": {"type": "headers", "headers": {"X-Api-Key": "vault://x"}},
        "a field of another type": {"type": "headers", "headers": {"X-Api-Key": "api-key"}, "key": "api-key"},
    }

    @pytest.mark.parametrize("auth", MALFORMED.values(), ids=MALFORMED.keys())
    def test_what_is_malformed_does_not_load(self, home, upstream, auth):
        configured(home, upstream, auth)
        found = home.run("config", "validate", "--json").expect(1).json["problems"]
        assert any(problem["field"].startswith("services.api.auth") for problem in found), found
        home.run("serve").expect(1)

    def test_no_header_at_all_is_never_sent_unauthenticated(self, home, upstream):
        configured(home, upstream, {"type": "headers", "headers": {}})
        assert_unusable(home.serve().execute("GET", "/x"), upstream)

    ALL = {**ECHOES, "every header in every form": echo_all_headers}

    @pytest.mark.parametrize("echo", ALL.values(), ids=ALL.keys())
    def test_no_value_comes_back(self, searching, upstream, keys, echo):
        upstream.otherwise(echo)
        server = searching.serve()
        server.execute("GET", "/x")
        server.execute("POST", "/y", body="{}", reason="to see what comes back")
        check_leaks(searching, server, *keys.values())

    def test_an_awkward_value_does_not_come_back(self, home, upstream):
        value = awkward_canary()
        home.set_secret("search-key", value)
        upstream.otherwise(echo_all_headers)
        server = configured(home, upstream, headers(X_Api_Key="search-key")).serve()
        assert "[REDACTED]" in server.execute("GET", "/x").data["body"]
        assert upstream.only_request.header("X-Api-Key") == value
        check_leaks(home, server, value)

    def test_what_surrounds_the_values_stays(self, searching, upstream):
        upstream.otherwise(behaviours.echo)
        seen = json.loads(searching.serve().execute("GET", "/x").data["body"])["headers"]
        assert {name: seen[name] for name in self.OWN} == dict.fromkeys(self.OWN, "[REDACTED]")
        assert seen["Host"] == upstream.authority
