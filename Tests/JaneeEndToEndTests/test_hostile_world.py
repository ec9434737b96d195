"""Pipes that nobody reads, hostile upstreams, careless permissions and mistyped commands."""

from __future__ import annotations

import fcntl
import gzip
import json
import select
import subprocess
import time

import pytest

from support import behaviours
from support.audit import of_calls, pairs
from support.config import capability, one_api, service, to_yaml
from support.leaks import LeakDetector, random_letters
from support.stdio import StdioServer, ToolResult, modern_meta
from support.terminal import TerminalCommand
from support.upstream import PATIENCE

PROMPT_END = 5.0
"""Seconds within which a server must end after its stdin has, whatever nobody reads."""


@pytest.fixture
def broker(home, upstream):
    """A server for one upstream that may be asked for anything."""
    home.configure(one_api(upstream.base_url))
    return home.serve()


@pytest.fixture
def start_unread(home, upstream):
    """Starts a server of which one output is a small pipe that nobody reads."""
    servers: list[StdioServer] = []

    def start(output: str) -> StdioServer:
        home.configure(one_api(upstream.base_url))
        kind = type("Unread", (StdioServer,), {f"_read_{output}": lambda server: None})
        servers.append(kind(home.server_command(), home.server_environment(), home.root))
        fcntl.fcntl(getattr(servers[-1].process, output), fcntl.F_SETPIPE_SZ, 4096)
        return servers[-1]

    yield start
    for server in servers:
        server.dispose()


def assert_refused(result: ToolResult, upstream) -> None:
    """The request was refused, and the upstream saw nothing of it."""
    assert result.is_error, f"the call went through: {result.text}"
    assert result.reason_code == "REQUEST_REFUSED", result.text
    assert upstream.connections == [], f"the upstream received {upstream.wire!r}"


def assert_one_malformed_call(home) -> None:
    """The audit log is intact, and its only call is a denial for the arguments."""
    (record,) = of_calls(home.records)
    assert (record["phase"], record["reasonCode"]) == ("denial", "INVALID_ARGUMENTS")
    home.run("logs", "verify").expect(0)


def test_a_full_standard_error_stops_nothing(home, upstream, start_unread):
    upstream.otherwise(behaviours.raw(b"SSH-2.0-OpenSSH\r\n"))
    server = start_unread("stderr")
    for id in [server.post_execute(path=f"/{number}") for number in range(100)]:
        assert ToolResult(server.response(id)).code == "PROTOCOL_ERROR"
    assert server.stop(PROMPT_END) == 0
    calls = pairs(home.records).values()
    assert [[record["phase"] for record in records] for records in calls] == [["intent", "outcome"]] * 100


def test_end_of_input_is_noticed_while_the_output_is_congested(upstream, start_unread):
    """A quote takes four bytes in an answer, so a single one, once begun, is more than the server lets pile up."""
    upstream.otherwise(behaviours.fixed(200, b'"' * 9_000_000, behaviours.TEXT))
    server = start_unread("stdout")
    server.post_execute()
    assert select.select([server.process.stdout], [], [], 3 * PATIENCE)[0], "no answer began"
    server.post("ping")
    assert server.stop(PROMPT_END) == 0


def test_a_capability_of_combining_marks_is_refused_at_once(broker, home):
    arguments = {"capability": "a" + "\u0301\u0316" * 50_000, "method": "GET", "path": "/x"}
    params = {"name": "execute", "arguments": arguments, "_meta": modern_meta()}
    message = {"jsonrpc": "2.0", "id": "marks", "method": "tools/call", "params": params}
    broker.call("whoami")
    started = time.monotonic()
    broker.send_bytes(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    assert ToolResult(broker.response("marks")).code == "INVALID_ARGUMENTS"
    assert time.monotonic() - started < 5
    assert broker.stop() == 0
    assert_one_malformed_call(home)


MALFORMED = {
    "method TRACE": {"method": "TRACE", "path": "/x"},
    "no path": {"method": "GET"},
    "a number as path": {"method": "GET", "path": 7},
    "a header value that is no text": {"method": "GET", "path": "/x", "headers": {"Accept": 7}},
}


@pytest.mark.parametrize("arguments", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_arguments_leave_one_denial(broker, home, upstream, arguments):
    result = broker.call("execute", {"capability": "api", **arguments})
    assert result.is_error and result.code == "INVALID_ARGUMENTS"
    assert broker.stop() == 0
    assert_one_malformed_call(home)
    assert upstream.connections == []


AWKWARD_KEY = 'ab"cd\\ef/gh+ij<kl&mn'


def escaping(escape: str):
    """An encoder of JSON strings that escapes everything but letters and digits."""
    return lambda text: '"' + "".join(c if c.isalnum() else escape.format(ord(c)) for c in text) + '"'


ENCODERS = {
    "json.dumps": json.dumps,
    "slashes too": lambda text: json.dumps(text).replace("/", "\\/"),
    "all in lower case": escaping("\\u{:04x}"),
    "all in upper case": escaping("\\u{:04X}"),
}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS.keys())
def test_a_key_in_escaped_json_is_removed(home, upstream, encode, depth):
    text = AWKWARD_KEY
    for _ in range(depth):
        text = '{"seen": ' + encode(text) + "}"
    upstream.otherwise(behaviours.fixed(200, text.encode(), behaviours.JSON))
    home.set_secret("api-key", AWKWARD_KEY)
    home.configure(one_api(upstream.base_url))
    server = home.serve()
    answer = server.execute().data["body"]
    assert upstream.only_request.header("Authorization") == f"Bearer {AWKWARD_KEY}"
    for _ in range(depth):
        answer = json.loads(answer)["seen"]
    assert answer == "[REDACTED]"
    LeakDetector(AWKWARD_KEY).check(stdout=server.stdout)


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip", "GZip , chunked", "deflate, gzip, chunked"])
def test_a_transfer_coding_that_is_not_understood_lets_nothing_through(broker, upstream, coding):
    body = gzip.compress(b"unseen", mtime=0)
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if "chunked" in coding else body
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: unseen\r\nTransfer-Encoding: {coding}\r\n\r\n"
    upstream.otherwise(behaviours.raw(head.encode() + framed))
    result = broker.execute()
    assert result.is_error and result.code == "UNDECODABLE_RESPONSE", result.text
    assert set(result.data) == {"error", "code"} and "unseen" not in result.text


OPT_IN = """
    Range If-Range X-Amz-Target SOAPAction Dropbox-API-Arg Stripe-Account OpenAI-Organization OpenAI-Project
""".split()


@pytest.mark.parametrize("name", OPT_IN)
def test_headers_that_choose_are_refused_by_default(broker, upstream, name):
    result = broker.execute(headers={name: "chosen"})
    assert_refused(result, upstream)
    assert name.lower() in result.data["error"] and "allowHeaders" in result.data["error"]


@pytest.mark.parametrize("name", OPT_IN)
def test_headers_that_choose_pass_where_the_operator_lists_them(home, upstream, name):
    api = service(upstream.base_url, allowHeaders=[name])
    home.configure({"services": {"api": api}, "capabilities": {"api": capability()}})
    assert not home.serve().execute(headers={name: "chosen"}).is_error
    assert upstream.only_request.header(name) == "chosen"


def part(name: str) -> tuple[str, str]:
    """The content type and the body of a form with one part."""
    body = f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\nDELETE\r\n--x--\r\n"
    return "multipart/form-data; boundary=x", body


SPELLINGS = ['="_method"', '=" _method"', "= _method", '=".method"', '="\\_method"', '="_me\\thod"', '="%5Fmethod"']
OVERRIDES = {
    **{f"name{text}": part(f"name{text}") for text in [*SPELLINGS, "*=utf-8''%5Fmethod"]},
    "a quoted content type": ('"application/x-www-form-urlencoded"', "_method=DELETE"),
}


@pytest.mark.parametrize(("type", "body"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_method_overrides_are_refused_in_every_spelling(broker, upstream, type, body):
    assert_refused(broker.execute("POST", body=body, headers={"Content-Type": type}), upstream)


def test_a_parameter_that_begins_like_a_method_override_passes(broker, upstream):
    type, body = part('name="method_of_payment"')
    assert not broker.execute("POST", body=body, headers={"Content-Type": type}).is_error
    assert upstream.only_request.body == body.encode()


@pytest.mark.parametrize("escape", ["%3F", "%3f", "%23", "%253F", "%2523", "%C2%A0", "%c2%a0", "%EF%BB%BF"])
@pytest.mark.parametrize("path", ["/v1/{}", "/v1/x{}y", "/{}/x"])
def test_paths_with_hidden_separators_or_invisible_characters_are_refused(broker, upstream, path, escape):
    assert_refused(broker.execute(path=path.format(escape)), upstream)


HARMFUL = "\u009b \u202e \u200b"


def assert_escaped(output: bytes) -> None:
    """None of the harmful characters is in the output as it is."""
    assert not [character for character in HARMFUL.split() if character.encode() in output]


def test_a_reason_cannot_drive_the_terminal_through_the_json_of_logs(broker, home):
    broker.execute(reason=HARMFUL)
    assert broker.stop() == 0
    done = home.run("logs", "--json").expect(0)
    assert_escaped(done.stdout)
    assert HARMFUL in [record.get("reason") for record in done.json["logs"]]


def test_arguments_cannot_drive_the_terminal_through_the_json_of_diagnose(home):
    home.configure(one_api("https://a.example"))
    done = home.run("diagnose", "access", HARMFUL, "--agent", HARMFUL, "--json").expect(1)
    assert_escaped(done.stdout)
    assert (done.json["capability"], done.json["agent"]) == (HARMFUL, HARMFUL)


WRITERS = {
    "a command": lambda home, broker: broker.stop() or home.set_secret("another", "value"),
    "the running server": lambda home, broker: broker.execute(path="/after"),
    "both": lambda home, broker: home.set_secret("another", "value") or broker.execute(path="/after"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_records_removed_together_with_the_head_stay_a_gap(broker, home, write):
    for number in range(3):
        assert not broker.execute(path=f"/{number}").is_error
    file = home.log_files[-1]
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-2]))
    (home.path / "logs" / ".chain").unlink()
    write(home, broker)
    assert broker.stop() == 0
    report = home.run("logs", "verify", "--json").expect(1).json
    assert report["ok"] is False and report["gaps"] >= 1


EMPTY_FIELDS = {
    "rules:\n      allow:": "rules.allow",
    "rules: {allow: ~}": "rules.allow",
    "rules:": "rules",
    "allowedAgents:": "allowedAgents",
    "allowedAgents: null": "allowedAgents",
}


@pytest.mark.parametrize(("text", "field"), EMPTY_FIELDS.items())
def test_a_restriction_without_a_value_does_not_load(home, text, field):
    home.configure(f"{to_yaml(one_api('https://a.example'))}    {text}\n")
    problems = home.run("config", "validate", "--json").expect(1).json["problems"]
    assert f"capabilities.api.{field}" in [problem["field"] for problem in problems if problem["severity"] == "error"]
    home.run("serve").expect(1)


def test_a_block_without_a_value_is_an_empty_one(home):
    home.configure(to_yaml(one_api("https://a.example")) + "server:\n")
    assert home.run("config", "validate", "--json").expect(0).json["problems"] == []


@pytest.mark.parametrize("command", ["secret get api-key", "config validate"])
def test_a_master_key_file_that_others_can_write_is_refused(home, command):
    home.configure(one_api("https://a.example"))
    file = (home.path / "master.key").rename(home.root / "key")
    env = home.environment(JANEE_MASTER_KEY_FILE=str(file))
    home.run(*command.split(), env=env).expect(0)
    file.chmod(0o666)
    done = home.run(*command.split(), env=env).expect(1)
    assert "JANEE_MASTER_KEY_FILE" in done.output + done.errors


def test_a_directory_of_the_store_that_others_can_write_is_refused(home):
    home.set_secret("sub/x", "value")
    (home.credentials / "sub").chmod(0o777)
    home.run("secret", "get", "sub/x").expect(1)
    (home.credentials / "sub").chmod(0o700)
    home.run("secret", "get", "sub/x").expect(0)


@pytest.mark.parametrize("command", ["secret list", "secret delete api-key --yes"])
def test_a_store_that_others_can_write_is_refused(home, command):
    home.credentials.chmod(0o777)
    home.run(*command.split()).expect(1)
    home.credentials.chmod(0o700)
    home.run("secret", "get", "api-key").expect(0)
    home.run(*command.split()).expect(0)


@pytest.mark.parametrize("command", ["config validate", "serve"])
def test_without_a_master_key_it_says_what_to_do(home, command):
    home.configure(one_api("https://a.example"))
    (home.path / "master.key").unlink()
    done = home.run(*command.split()).expect(1)
    assert "JANEE_MASTER_KEY_FILE" in done.output + done.errors


def test_a_value_that_could_not_be_written_is_a_failure(home):
    command = [home.binary, "secret", "get", "api-key", "--reveal"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=home.environment(), timeout=PATIENCE)
    assert done.returncode == 1 and done.stderr


@pytest.fixture
def prompt(home):
    """`secret set` at a terminal, when it asks for the value."""
    command = TerminalCommand(home.binary, "secret", "set", "typed", env=home.environment())
    try:
        command.wait_for_stderr("Value: ")
        yield command
    finally:
        command.dispose()


def test_a_long_value_typed_at_a_terminal_is_stored_whole(home, prompt):
    value = random_letters(5000)
    prompt.type(value + "\n")
    prompt.wait_for_stderr("ended with 0")
    assert home.reveal("typed") == value


def test_an_interrupted_prompt_leaves_the_terminal_as_it_was(prompt):
    assert not prompt.echoes
    prompt.type("\x03")
    prompt.wait_for_stderr("ended with 130")
    assert prompt.echoes


WRONG = ["nonsense", "init extra", "secret set", "secret set a b", "secret get a --no", "logs -n many", "serve x"]


@pytest.mark.parametrize("command", WRONG)
def test_wrong_usage_with_json_is_one_json_object(home, command):
    done = home.run(*command.split(), "--json").expect(64)
    assert done.json["ok"] is False and done.json["error"]


LETTERS = random_letters(40).upper()  # in lower case an 'h' would ask for help
KEYS = {"letters": LETTERS, "base64": LETTERS[:22] + "+/" + LETTERS[22:] + "=="}
WRONG_PLACES = {"{}": 64, "set a -{}": 64, "set a --{}": 64, "set a --from-env {}": 1, "set a --from-file {}": 1}


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(("arguments", "code"), WRONG_PLACES.items())
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_key_typed_in_a_wrong_place_is_not_repeated(home, key, arguments, code, options):
    done = home.run("secret", *arguments.format(key).split(), *options).expect(code)
    LeakDetector(key).check(stdout=done.stdout, stderr=done.stderr)
