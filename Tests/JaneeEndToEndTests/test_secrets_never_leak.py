"""A canary key goes through everything; nobody but the upstream may see it, in any encoding."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest

from support import behaviours
from support.config import capability, one_api, service
from support.home import Completed, JaneeHome
from support.leaks import LeakDetector, awkward_canary, canary_of_length, plain_canary, random_letters
from support.stdio import StdioServer

CANARIES: dict[str, Callable[[], str]] = {
    "plain": plain_canary,
    "awkward in base64": awkward_canary,
    "length 3n": lambda: canary_of_length(0),
    "length 3n+1": lambda: canary_of_length(1),
    "length 3n+2": lambda: canary_of_length(2),
    "shaped like JSON web token": lambda: ".".join(random_letters(24) for _ in range(3)),
}

ENDPOINTS = {
    "success": behaviours.answer_ok,
    "echo of headers as JSON": behaviours.echo,
    "echo as text": behaviours.echo_authorization,
    "echo in response headers": behaviours.echo_in_headers,
    "echo compressed with gzip": behaviours.echo_gzip,
    "echo compressed with deflate": behaviours.echo_deflate,
    "echo in base64 at every alignment": behaviours.echo_base64,
    "echo in a binary body": behaviours.echo_binary,
    "echo cut in two chunks": behaviours.echo_in_two_writes,
    "redirect with the key in Location": behaviours.redirect_quoting_key,
    "401 page": behaviours.unauthorized_page,
    "connection reset": behaviours.reset,
    "truncated answer": behaviours.truncated,
    "not HTTP at all": behaviours.raw(b"SSH-2.0-OpenSSH\r\n"),
}


def audit_bytes(home: JaneeHome) -> bytes:
    """Every file that Janee wrote in its home, except the store and the configuration."""
    kept_out = (home.credentials, home.config_file)
    files = [
        file
        for file in home.path.rglob("*")
        if file.is_file() and not any(file == place or place in file.parents for place in kept_out)
    ]
    return b"\n".join(file.read_bytes() for file in files)


LOG_COMMANDS = {"logs": ("logs",), "logs --json": ("logs", "--json")}


def command_outputs(home: JaneeHome) -> dict[str, bytes]:
    """What the read-only commands print, by name."""
    commands = {
        "config validate": ("config", "validate"),
        "config validate --json": ("config", "validate", "--json", "--strict"),
        "diagnose": ("diagnose", "access", "api", "--agent", "alice", "--method", "GET", "--path", "/x"),
        "diagnose --json": ("diagnose", "access", "api", "--json"),
        "secret list": ("secret", "list"),
        "secret list --json": ("secret", "list", "--json"),
        "logs verify": ("logs", "verify"),
    }
    return {name: both(home.run(*arguments)) for name, arguments in (commands | LOG_COMMANDS).items()}


def both(done: Completed) -> bytes:
    """Everything that a command said."""
    return done.stdout + done.stderr


def server_output(home: JaneeHome, server: StdioServer) -> dict[str, bytes]:
    """All that a server let out, by channel; the server is stopped for it."""
    server.stop()
    logs = {name: both(home.run(*arguments)) for name, arguments in LOG_COMMANDS.items()}
    return {"stdout": bytes(server.stdout), "stderr": bytes(server.stderr), "files": audit_bytes(home), **logs}


def everything_said(home: JaneeHome, server: StdioServer) -> dict[str, bytes]:
    """All that a stopped server and the commands afterwards let out."""
    return {**server_output(home, server), **command_outputs(home)}


@pytest.mark.parametrize("behaviour", ENDPOINTS.values(), ids=ENDPOINTS.keys())
@pytest.mark.parametrize("canary", ["plain", "awkward in base64"])
def test_stored_key_against_every_kind_of_answer(home, upstream, canary, behaviour):
    key = CANARIES[canary]()
    home.set_secret("canary", key)
    home.configure({"services": {"api": service(upstream.base_url, "canary")}, "capabilities": {"api": capability()}})
    upstream.otherwise(behaviour)
    server = home.serve()
    server.execute("GET", "/x")
    server.execute("POST", "/y", body='{"a":1}', reason="to see what comes back")
    assert upstream.requests[0].header("Authorization") == f"Bearer {key}"
    LeakDetector(key).check(**server_output(home, server))


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
@pytest.mark.parametrize("endpoint", ["echo as text", "echo in base64 at every alignment"])
def test_key_of_every_shape(home, upstream, canary, endpoint):
    key = canary()
    home.set_secret("canary", key)
    home.configure({"services": {"api": service(upstream.base_url, "canary")}, "capabilities": {"api": capability()}})
    upstream.otherwise(ENDPOINTS[endpoint])
    server = home.serve()
    answer = server.execute("GET", "/x").data
    assert "[REDACTED]" in answer["body"]
    LeakDetector(key).check(**everything_said(home, server))


def test_what_surrounds_the_key_stays(home, upstream, api_key):
    upstream.otherwise(behaviours.echo)
    home.configure(one_api(upstream.base_url))
    answer = home.serve().execute("GET", "/x").data
    assert json.loads(answer["body"])["headers"]["Authorization"] == "Bearer [REDACTED]"


def test_key_that_the_agent_sends_back_is_not_confirmed(home, upstream, api_key):
    """An agent that guesses must not learn from the echo whether it guessed right."""
    upstream.otherwise(behaviours.echo)
    home.configure(one_api(upstream.base_url))
    server = home.serve()
    server.execute("POST", "/x", body=api_key)
    assert server.stop() == 0
    LeakDetector(api_key).check(stdout=server.stdout, stderr=server.stderr, files=audit_bytes(home))


def test_refused_connection(home, upstream):
    key = plain_canary()
    home.set_secret("canary", key)
    home.configure({"services": {"api": service(upstream.base_url, "canary")}, "capabilities": {"api": capability()}})
    upstream.close()
    server = home.serve()
    result = server.execute("GET", "/x")
    assert result.is_error and result.code == "CONNECTION_FAILED"
    LeakDetector(key).check(**everything_said(home, server))


def test_cancelled_call(home, upstream):
    key = plain_canary()
    home.set_secret("canary", key)
    home.configure({"services": {"api": service(upstream.base_url, "canary")}, "capabilities": {"api": capability()}})
    upstream.otherwise(behaviours.hang)
    server = home.serve()
    server.post_execute("GET", "/x")
    upstream.wait_for_requests(1)
    LeakDetector(key).check(**everything_said(home, server))


PASTED: dict[str, Callable[[str], object]] = {
    "as it is": lambda key: key,
    "with a vendor's prefix": lambda key: "sk_live_" + key,
    "like a path": lambda key: "live/" + key + "/x",
    "with characters that no path has": lambda key: key + "+abc/def==",
    "with a space": lambda key: "Bearer " + key,
    "as a URL with a password": lambda key: f"postgres://user:{key}@db.example/x",
    "as the path of an unknown provider": lambda key: f"nowhere://{key}",
    "as the path of the local provider": lambda key: f"local://{key}",
    "in the structured form": lambda key: {"provider": "local", "path": key},
    "as a field of the structured form": lambda key: {"provider": "local", "path": "api-key", "field": key},
    "as a substitution": lambda key: "${" + key + "}",
    "with a percent sign": lambda key: key + "%zz",
    "as a list": lambda key: [key],
    "as a map": lambda key: {"token": key},
}
SHOWN_WHEN_NOT_STORED = {"as the path of the local provider", "in the structured form", "as a substitution"}
"""These say explicitly that the text is a name, so it may be shown."""


@pytest.mark.parametrize("paste", [name for name in PASTED if name not in SHOWN_WHEN_NOT_STORED])
def test_key_pasted_into_the_configuration(home, upstream, paste):
    key = random_letters(32)
    home.configure(
        {"services": {"api": service(upstream.base_url, PASTED[paste](key))}, "capabilities": {"api": capability()}}
    )
    server = home.serve()
    try:
        server.execute("GET", "/x")
    except (AssertionError, OSError):
        pass  # a configuration that is refused at start answers nothing, which is fine here
    said = everything_said(home, server)
    LeakDetector(key).check(**said)
    assert upstream.connections == []


def test_key_pasted_into_the_configuration_says_how_to_store_it(home, upstream):
    home.configure(
        {"services": {"api": service(upstream.base_url, plain_canary())}, "capabilities": {"api": capability()}}
    )
    server = home.serve()
    result = server.execute("GET", "/x")
    assert result.is_error and result.code == "SECRET_NOT_FOUND"
    server.stop()
    assert b"janee secret set" in server.stderr
    assert "janee secret set" in home.run("config", "validate").expect(0).output


PLACES = {
    "base URL user info": lambda url, key: {"baseUrl": url.replace("http://", f"http://user:{key}@")},
    "base URL query": lambda url, key: {"baseUrl": f"{url}/?key={key}"},
    "base URL fragment": lambda url, key: {"baseUrl": f"{url}/#{key}"},
    "auth type": lambda url, key: {"auth": {"type": key, "key": "api-key"}},
    "unknown auth field": lambda url, key: {"auth": {"type": "bearer", "key": "api-key", "token": key}},
    "limit": lambda url, key: {"limits": {"timeoutMs": key}},
    "unknown field": lambda url, key: {"apiKey": key},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_key_pasted_into_a_wrong_place(home, upstream, place):
    key = random_letters(32)
    config = one_api(upstream.base_url)
    config["services"]["api"].update(place(upstream.base_url, key))
    home.configure(config)
    done = home.run("config", "validate", "--json").expect(1)
    server = home.serve()
    assert server.stop() != 0
    LeakDetector(key).check(validate=both(done), text=both(home.run("config", "validate")), stderr=server.stderr)


def test_secret_commands_keep_the_value_to_themselves(home):
    key = plain_canary()
    detector = LeakDetector(key)
    said = {}
    for name, arguments in {
        "dry run": ("secret", "set", "a", "--from-stdin", "--dry-run"),
        "set": ("secret", "set", "a", "--from-stdin"),
        "set as JSON": ("secret", "set", "b", "--from-stdin", "--json"),
        "get": ("secret", "get", "a"),
        "get as JSON": ("secret", "get", "a", "--json"),
        "list": ("secret", "list"),
        "delete dry run": ("secret", "delete", "a", "--dry-run"),
        "delete": ("secret", "delete", "a", "--yes", "--json"),
        "get after delete": ("secret", "get", "a"),
    }.items():
        said[name] = both(home.run(*arguments, stdin=key.encode()))
    detector.check(**said, files=audit_bytes(home))
    store = b"".join(file.read_bytes() for file in home.credentials.rglob("*") if file.is_file())
    assert store
    detector.check(store=store)


def test_a_value_on_the_command_line_is_refused_without_repeating_it(home):
    key = plain_canary()
    for arguments in (
        ("secret", "set", "name", key),
        ("secret", "set", "name", "--value", key),
        ("secret", "set", "name", f"--value={key}"),
        ("secret", "set", "name", "--key", key),
        ("secret", "set", "name", f"--from-stdin={key}"),
        ("secret", "get", "name", key),
    ):
        done = home.run(*arguments, stdin=b"x").expect(64)
        LeakDetector(key).check(output=both(done))


def test_a_key_given_as_a_name_is_not_repeated_unless_it_is_stored(home):
    key = random_letters(32).upper()
    home.configure(
        {"providers": {"aws": {"type": "aws-secrets-manager", "region": "us-east-1", "auth": {"method": "iam-role"}}}}
    )
    home.set_secret(key.lower(), "x")
    said = {}
    for name, (code, *arguments) in {
        "dry run": (0, "set", key, "--from-stdin", "--dry-run"),
        "dry run with a provider": (0, "set", key, "--from-stdin", "--dry-run", "--provider", "local"),
        "set without value": (1, "set", key, "--from-env", "NOT_SET_ANYWHERE"),
        "set under a name that collides": (1, "set", key, "--from-stdin"),
        "the same with a provider": (1, "set", key, "--from-stdin", "--provider", "local", "--json"),
        "set in a remote provider": (1, "set", key, "--from-stdin", "--provider", "aws"),
        "get": (1, "get", key),
        "get with a provider": (1, "get", key, "--provider", "local", "--json"),
        "delete": (1, "delete", key, "--yes"),
        "delete with a provider": (1, "delete", key, "--yes", "--provider", "local"),
    }.items():
        said[name] = both(home.run("secret", *arguments, stdin=b"y").expect(code))
    detector = LeakDetector(key)
    detector.check(**said, files=audit_bytes(home))


def test_environment_and_master_key_do_not_leak(home, upstream):
    key = plain_canary()
    master_key = (home.path / "master.key").read_text().strip()
    upstream.otherwise(behaviours.echo)
    home.configure(one_api(upstream.base_url))
    server = home.serve(SOME_TOKEN=key)
    server.execute("GET", "/x")
    said = everything_said(home, server)
    del said["files"]  # master.key is one of them
    LeakDetector(key).check(**said)
    LeakDetector(master_key).check(**said)


class TestPositiveControl:
    """The same detector over the same channels must find what is really there."""

    PLANTED = {
        "text": lambda word: behaviours.fixed(200, word.encode(), behaviours.TEXT),
        "gzip": lambda word: _compressed(word),
        "error page": lambda word: behaviours.fixed(401, b"<p>" + word.encode(), {"Content-Type": "text/html"}),
        "response header": lambda word: behaviours.fixed(200, b"{}", {**behaviours.JSON, "ETag": f'"{word}"'}),
        "binary": lambda word: behaviours.fixed(200, b"\xff\xfe" + word.encode(), {}),
    }

    @pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED.keys())
    def test_a_word_that_no_service_uses_is_found_in_stdout(self, home, upstream, plant):
        word = plain_canary()
        upstream.otherwise(plant(word))
        home.configure(one_api(upstream.base_url))
        server = home.serve()
        server.execute("GET", "/x")
        server.stop()
        with pytest.raises(AssertionError, match="stdout"):
            LeakDetector(word).check(stdout=server.stdout, stderr=server.stderr)

    def test_a_word_in_a_path_is_found_in_audit_and_commands(self, home, upstream):
        # Of no shape that credentials have, which commands would not show.
        word = random_letters(32)
        home.configure(one_api(upstream.base_url))
        server = home.serve()
        server.execute("GET", f"/by-name/{word}")
        said = everything_said(home, server)
        for source in ("files", "logs", "logs --json"):
            assert LeakDetector(word).find(said[source]), source
        assert not LeakDetector(word).find(said["stdout"])

    def test_a_revealed_secret_is_found(self, home, api_key):
        with pytest.raises(AssertionError, match="output.*exact"):
            LeakDetector(api_key).check(output=home.run("secret", "get", "api-key", "--reveal").expect(0).stdout)

    def test_a_wrong_command_is_found_in_stderr(self, home):
        word = "planted" + random_letters(20)
        assert LeakDetector(word).find(home.run("config", word).expect(64).stderr)


def _compressed(word: str) -> behaviours.Behaviour:
    return behaviours.fixed(200, gzip.compress(word.encode()), {**behaviours.TEXT, "Content-Encoding": "gzip"})
