"""Everything that can go wrong, forced: what the agent is told, what is recorded, and that no key gets out.

Whatever the upstream sends here quotes the key that it received, and every test ends by looking for the key in the
answers, on standard error, in the audit files and in what `logs` shows.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import signal
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support import behaviours
from support.audit import of_calls, pairs, read_records
from support.certificates import EXPIRED, NOT_YET_VALID, Authority
from support.config import capability, one_api, rules
from support.gate import Gate
from support.leaks import LeakDetector, random_letters
from support.namespaces import inside, trusting, with_a_small_disk, without_network, without_privileges
from support.scene import Scene, assert_denied, assert_failed, assert_failure_recorded
from support.stdio import ToolResult
from support.tls import self_signed_context
from support.upstream import PATIENCE, Behaviour, Exchange, Upstream

KIBI = 1024
USAGE = 64
PROMPTLY = 5

NOT_RESOLVED = "The API's host name does not resolve."
UNREACHABLE = "The API cannot be reached."
TLS = "The TLS connection to the API failed; ask the operator."
LATE = "The API did not answer in time."
BROKE_OFF = "The API's answer broke off."
TOO_LARGE = "The API's answer is larger than the limit; ask for less at a time."
UNDECODABLE = "The API's answer uses a content encoding that cannot be decoded."
NOT_HTTP = "The API's answer is not valid HTTP."

MESSAGES = {
    "NAME_NOT_RESOLVED": NOT_RESOLVED,
    "CONNECTION_FAILED": UNREACHABLE,
    "TLS_FAILED": TLS,
    "TIMED_OUT": LATE,
    "TRUNCATED_RESPONSE": BROKE_OFF,
    "RESPONSE_TOO_LARGE": TOO_LARGE,
    "UNDECODABLE_RESPONSE": UNDECODABLE,
    "PROTOCOL_ERROR": NOT_HTTP,
}
SENT = " The request may have reached the API."
NOT_SENT = " The request was not sent."


@pytest.fixture
def scene(home, upstream, api_key) -> Iterator[Scene]:
    """A server in front of the scripted upstream."""
    scene = Scene(home, upstream.base_url, api_key)
    yield scene
    scene.dispose()


def quoted(exchange: Exchange) -> bytes:
    """The credential that the broker sent."""
    return (exchange.request.header("Authorization") or "").encode("latin-1")


def wire(template: bytes) -> Behaviour:
    """Exactly these bytes with the credential in place of KEY, and the end of the connection."""

    def behave(exchange: Exchange) -> None:
        exchange.send(template.replace(b"KEY", quoted(exchange)))
        exchange.hang_up()

    return behave


def head(*lines: str, status: str = "200 OK") -> bytes:
    """The head of an answer, which quotes the credential in a header that agents see."""
    return "\r\n".join([f"HTTP/1.1 {status}", "ETag: KEY", "Content-Type: text/plain", *lines, "", ""]).encode()


def framed(body: bytes, *lines: str) -> bytes:
    """A whole answer."""
    return head(f"Content-Length: {len(body)}", *lines) + body


def and_reset(template: bytes) -> Behaviour:
    """The same with a TCP reset at the end."""

    def behave(exchange: Exchange) -> None:
        exchange.send(template.replace(b"KEY", quoted(exchange)))
        exchange.reset()

    return behave


def and_silence(template: bytes) -> Behaviour:
    """The same, and then nothing until the client leaves."""

    def behave(exchange: Exchange) -> None:
        exchange.send(template.replace(b"KEY", quoted(exchange)))
        exchange.wait_for_client_to_leave()

    return behave


def trickle(exchange: Exchange) -> None:
    """The credential, a byte at a time, over and over."""
    exchange.send(head("Content-Length: 60000"))
    while not exchange.request.connection.closed.is_set():
        for byte in quoted(exchange):
            exchange.send(bytes([byte]))
            time.sleep(0.02)
    exchange.hang_up()


def endless(exchange: Exchange) -> None:
    """The credential in chunks without end."""
    exchange.send(head("Transfer-Encoding: chunked"))
    chunk = quoted(exchange) * 100
    while not exchange.request.connection.closed.is_set():
        exchange.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    exchange.hang_up()


def compressed(pack: Callable[[bytes], bytes]) -> Behaviour:
    """What `pack` makes of a text with the credential, called gzip."""

    def behave(exchange: Exchange) -> None:
        exchange.respond(200, pack(quoted(exchange) * 10), {**behaviours.TEXT, "Content-Encoding": "gzip"})

    return behave


def many_headers(exchange: Exchange) -> None:
    """The credential in two thousand headers."""
    exchange.respond(200, b"x", {f"X-Rate-Limit-{n}": quoted(exchange).decode() * 10 for n in range(2000)})


@dataclass(frozen=True)
class Broken:
    """A way in which an upstream fails after it has received the request."""

    behave: Behaviour
    code: str
    told: str
    """What standard error says to the operator."""
    limits: dict[str, int] = field(default_factory=dict)


ENDED = "the connection ended before the answer was complete"
SILENT = "no byte of the answer arrived within the idle timeout"
BIG = "the body of the answer is larger than the limit for answers"
BIG_HEAD = "the headers of the answer are larger or more than any service needs"
CODING = "the answer has a content encoding other than gzip or deflate, or several"
BROKEN_CODING = "the compressed body of the answer is broken or incomplete"
NO_HTTP = "the answer is not HTTP/1.1"

IMPATIENT = {"idleTimeoutMs": 300}
HURRIED = {"timeoutMs": 1000}
SMALL = {"maxResponseBytes": 64 * KIBI}

BROKEN = {
    "closed before an answer": Broken(wire(b""), "TRUNCATED_RESPONSE", ENDED),
    "closed within the status line": Broken(wire(b"HTTP/1.1 20"), "TRUNCATED_RESPONSE", ENDED),
    "closed within the headers": Broken(wire(b"HTTP/1.1 200 OK\r\nETag: KEY"), "TRUNCATED_RESPONSE", ENDED),
    "reset before an answer": Broken(and_reset(b""), "TRUNCATED_RESPONSE", ENDED),
    "reset within the headers": Broken(and_reset(b"HTTP/1.1 200 OK\r\nETag: KEY"), "TRUNCATED_RESPONSE", ENDED),
    "reset after the headers": Broken(and_reset(head("Content-Length: 500")), "TRUNCATED_RESPONSE", ENDED),
    "reset within the body": Broken(and_reset(head("Content-Length: 500") + b"KEY"), "TRUNCATED_RESPONSE", ENDED),
    "body shorter than its length": Broken(wire(head("Content-Length: 500") + b"KEY"), "TRUNCATED_RESPONSE", ENDED),
    "chunked without the last chunk": Broken(
        wire(head("Transfer-Encoding: chunked") + b"a\r\n0123456789\r\n"), "TRUNCATED_RESPONSE", ENDED
    ),
    "chunk shorter than its size": Broken(
        wire(head("Transfer-Encoding: chunked") + b"fff\r\nKEY"), "TRUNCATED_RESPONSE", ENDED
    ),
    "silence instead of headers": Broken(and_silence(b""), "TIMED_OUT", SILENT, IMPATIENT),
    "silence within the headers": Broken(
        and_silence(b"HTTP/1.1 200 OK\r\nETag: KEY"), "TIMED_OUT", SILENT, IMPATIENT
    ),
    "silence within the body": Broken(
        and_silence(head("Content-Length: 500") + b"KEY"), "TIMED_OUT", SILENT, IMPATIENT
    ),
    "silence between chunks": Broken(
        and_silence(head("Transfer-Encoding: chunked") + b"a\r\n0123456789\r\n"), "TIMED_OUT", SILENT, IMPATIENT
    ),
    "bytes that trickle beyond the total time": Broken(
        trickle, "TIMED_OUT", "the exchange did not end within the total timeout", HURRIED
    ),
    "body over the limit": Broken(wire(framed(b"x" * (64 * KIBI + 1))), "RESPONSE_TOO_LARGE", BIG, SMALL),
    "body over the limit until the end": Broken(
        wire(head("Connection: close") + b"x" * (64 * KIBI + 1)), "RESPONSE_TOO_LARGE", BIG, SMALL
    ),
    "chunks without end": Broken(endless, "RESPONSE_TOO_LARGE", BIG, SMALL),
    "a length beyond all measure": Broken(
        and_silence(head("Content-Length: 99999999999") + b"KEY"), "RESPONSE_TOO_LARGE", BIG
    ),
    "gzip bomb": Broken(compressed(lambda key: gzip.compress(key + b"\0" * 2**25)), "RESPONSE_TOO_LARGE", BIG, SMALL),
    "many headers": Broken(many_headers, "RESPONSE_TOO_LARGE", BIG_HEAD),
    "one enormous header": Broken(wire(head("Link: " + "KEY" * 5000)), "RESPONSE_TOO_LARGE", BIG_HEAD),
    "text that claims to be gzip": Broken(compressed(lambda key: key), "UNDECODABLE_RESPONSE", BROKEN_CODING),
    "gzip with a wrong checksum": Broken(
        compressed(lambda key: gzip.compress(key)[:-8] + b"\0" * 8), "UNDECODABLE_RESPONSE", BROKEN_CODING
    ),
    "gzip that ends too early": Broken(
        compressed(lambda key: gzip.compress(key)[:-12]), "UNDECODABLE_RESPONSE", BROKEN_CODING
    ),
    "brotli": Broken(wire(framed(b"KEY", "Content-Encoding: br")), "UNDECODABLE_RESPONSE", CODING),
    "an invented encoding": Broken(wire(framed(b"KEY", "Content-Encoding: KEY")), "UNDECODABLE_RESPONSE", CODING),
    "two encodings": Broken(wire(framed(b"KEY", "Content-Encoding: gzip, gzip")), "UNDECODABLE_RESPONSE", CODING),
    "an encoded transfer": Broken(
        wire(head("Transfer-Encoding: gzip, chunked") + b"3\r\nKEY\r\n0\r\n\r\n"), "UNDECODABLE_RESPONSE", CODING
    ),
    "not HTTP": Broken(wire(b"SSH-2.0-OpenSSH KEY\r\n"), "PROTOCOL_ERROR", NO_HTTP),
    "a status that is no number": Broken(wire(b"HTTP/1.1 KEY OK\r\n\r\n"), "PROTOCOL_ERROR", NO_HTTP),
    "a header without a colon": Broken(wire(b"HTTP/1.1 200 OK\r\nKEY\r\n\r\n"), "PROTOCOL_ERROR", NO_HTTP),
    "two lengths": Broken(
        wire(head("Content-Length: 3", "Content-Length: 5") + b"hello"), "PROTOCOL_ERROR", NO_HTTP
    ),
    "a chunk size that is no number": Broken(
        wire(head("Transfer-Encoding: chunked") + b"KEY\r\n"), "PROTOCOL_ERROR", NO_HTTP
    ),
    "another protocol": Broken(
        wire(head("Upgrade: KEY", "Connection: upgrade", status="101 Switching Protocols")),
        "PROTOCOL_ERROR",
        "the peer switched to another protocol without being asked",
    ),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer(scene, upstream, api_key, broken):
    upstream.otherwise(broken.behave)
    scene.configure(limits=broken.limits)
    result = scene.serve().execute("POST", "/x", body="once")
    assert_failed(result, broken.code, MESSAGES[broken.code] + SENT)
    assert_failure_recorded(scene.outcome(), broken.code)
    assert f"call of service 'api' failed: {broken.code}: {broken.told}" in scene.server.stderr.decode()
    assert upstream.only_request.body == b"once", "a request with an effect must not be repeated"
    assert upstream.only_request.header("Authorization") == f"Bearer {api_key}", "there was no key to get out"
    assert upstream.only_request.connection.closed.wait(PROMPTLY), "the connection must be given up, too"


def refusing(status: int, **headers: str) -> Behaviour:
    """An error page that quotes the credential in its body and in the headers that are given."""

    def behave(exchange: Exchange) -> None:
        key = quoted(exchange).decode()
        sent = {name.replace("_", "-"): value.replace("KEY", key) for name, value in headers.items()}
        exchange.respond(status, f"no good: {key}".encode(), {**behaviours.TEXT, **sent})

    return behave


STATUSES = {
    400: {},
    401: {"WWW_Authenticate": 'Bearer error_description="KEY"'},
    403: {},
    404: {},
    429: {"Retry_After": "17"},
    500: {},
    502: {"Via": "KEY"},
    503: {"Retry_After": "120"},
}


@pytest.mark.parametrize(("status", "headers"), STATUSES.items(), ids=map(str, STATUSES))
def test_an_error_status_is_an_answer(scene, upstream, status, headers):
    upstream.otherwise(refusing(status, **headers))
    scene.configure()
    result = scene.serve().execute("GET", "/x")
    assert not result.is_error
    assert (result.data["status"], result.data["body"]) == (status, "no good: Bearer [REDACTED]")
    assert result.data["headers"].get("retry-after") == headers.get("Retry_After")
    outcome = scene.outcome()
    assert outcome["statusCode"] == status and "error" not in outcome
    assert outcome["details"] == {"redactions": "2" if status == 401 else "1"}
    assert len(upstream.requests) == 1, "whether to try again is for the agent to decide"


ECHOES = {
    "in the body": behaviours.echo_authorization,
    "as JSON": behaviours.echo,
    "in headers": behaviours.echo_in_headers,
    "compressed": behaviours.echo_gzip,
    "in base64": behaviours.echo_base64,
    "in two chunks": behaviours.echo_in_two_writes,
    "among bytes that are no text": behaviours.echo_binary,
}


@pytest.mark.parametrize("behaviour", ECHOES.values(), ids=ECHOES.keys())
def test_an_echo_of_the_key(scene, upstream, behaviour):
    upstream.otherwise(behaviour)
    scene.configure()
    assert not scene.serve().execute("GET", "/x").is_error
    outcome = scene.outcome()
    assert outcome["statusCode"] == 200 and int(outcome["details"]["redactions"]) > 0


@pytest.mark.parametrize("place", ["answers", "stderr", "audit", "logs"])
def test_a_word_that_is_not_kept_out_is_found(scene, upstream, place):
    """What every test here ends with would find a key in any of the places."""
    word = random_letters(40)
    upstream.otherwise(behaviours.fixed(200, word.encode() if place == "answers" else b"", behaviours.TEXT))
    scene.configure()
    scene.serve().execute("GET", f"/{word}" if place in ("audit", "logs") else "/x")
    scene.secrets.append(word)
    if place == "stderr":
        scene.server.stderr += word.encode()
    with pytest.raises(AssertionError, match=f"the secret leaked: .*'{place}'"):
        scene.finish()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_with_the_key_in_it(scene, upstream, api_key, status):
    elsewhere = Upstream()
    location = f"{elsewhere.base_url.replace('//', f'//user:{api_key}@')}/{api_key}?token={api_key}#{api_key}"
    upstream.otherwise(behaviours.fixed(status, b"moved", {"Location": location}))
    scene.configure()
    answer = scene.serve().execute("GET", "/x").data
    assert (answer["status"], answer["headers"]["location"]) == (status, elsewhere.base_url)
    outcome = scene.outcome()
    assert outcome["statusCode"] == status and outcome["details"] == {"redactions": "4"}
    assert elsewhere.connections == []
    elsewhere.close()


class Listener:
    """A server that does one thing with each connection, before any HTTP."""

    def __init__(self, greet: Callable[[socket.socket], None]) -> None:
        self._greet = greet
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.received = bytearray()
        self.reached = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with accepted:
                self.received += accepted.recv(65536)
                self.reached.set()
                self._greet(accepted)

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def read_to_the_end(connection: socket.socket) -> None:
    """Say nothing until the other side has gone."""
    while connection.recv(65536):
        pass


class TestConnecting:
    def assert_unsent(self, scene: Scene, result: ToolResult, code: str, told: str) -> None:
        """The call failed before a byte of the request was sent."""
        assert_failed(result, code, MESSAGES[code] + NOT_SENT)
        assert_failure_recorded(scene.outcome(), code)
        assert f"call of service 'api' failed: {code}: {told}" in scene.server.stderr.decode()

    def test_a_refused_connection(self, scene, upstream):
        upstream.close()
        scene.configure()
        self.assert_unsent(scene, scene.serve().execute(), "CONNECTION_FAILED", "the host refuses connections")

    def test_a_connection_that_nobody_accepts(self, scene):
        """A full queue of connections makes the system drop what comes to it."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            waiting = [socket.socket() for _ in range(4)]
            for client in waiting:
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            scene.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            scene.configure(limits={"connectTimeoutMs": 300})
            result = scene.serve().execute()
            for client in waiting:
                client.close()
        self.assert_unsent(scene, result, "TIMED_OUT", "no connection, the TLS handshake included, within the connect timeout")

    def test_a_name_that_does_not_resolve(self, scene):
        scene.base_url = "https://api.invalid"
        scene.configure()
        result = scene.serve(*without_network()).execute()
        self.assert_unsent(scene, result, "NAME_NOT_RESOLVED", "the resolver gives no answer for the host name")

    OTHER_NAME = "the certificate of the server is for another host name or address"
    UNTRUSTED = "the certificate of the server has no trusted issuer, or is expired or not valid yet"
    CERTIFICATES = {
        "for another host": (lambda authority: authority.context(("api.example",)), OTHER_NAME),
        "for another address": (lambda authority: authority.context(("127.0.0.2",)), OTHER_NAME),
        "expired": (lambda authority: authority.context(days=EXPIRED), UNTRUSTED),
        "not valid yet": (lambda authority: authority.context(days=NOT_YET_VALID), UNTRUSTED),
        "self-signed": (lambda authority: self_signed_context(), UNTRUSTED),
        "of an unknown authority": (lambda authority: stranger(authority).context(), UNTRUSTED),
    }

    def test_a_good_certificate_is_trusted(self, scene, tmp_path):
        """Otherwise the certificates below could be refused for another reason than the one that is meant."""
        authority = Authority(tmp_path)
        upstream = Upstream(tls=authority.context())
        scene.base_url = upstream.base_url
        scene.configure()
        assert scene.serve(*trusting(authority.file)).execute().data["status"] == 200
        assert scene.outcome()["statusCode"] == 200
        upstream.close()

    @pytest.mark.parametrize("framing", ["Content-Length: 500", "Transfer-Encoding: chunked", "Connection: close"])
    def test_a_connection_cut_without_the_farewell_of_tls(self, scene, tmp_path, framing):
        """Somebody on the way can do that, so not even a body that lasts until the end is complete then."""
        authority = Authority(tmp_path)
        upstream = Upstream(tls=authority.context())
        body = b"5\r\nhello\r\n" if "chunked" in framing else b"hello"
        upstream.otherwise(wire(head(framing) + body))
        scene.base_url = upstream.base_url
        scene.configure()
        result = scene.serve(*trusting(authority.file)).execute()
        assert_failed(result, "TRUNCATED_RESPONSE", BROKE_OFF + SENT)
        assert_failure_recorded(scene.outcome(), "TRUNCATED_RESPONSE")
        upstream.close()

    @pytest.mark.parametrize(("issue", "told"), CERTIFICATES.values(), ids=CERTIFICATES.keys())
    def test_a_bad_certificate(self, scene, tmp_path, issue, told):
        authority = Authority(tmp_path)
        upstream = Upstream(tls=issue(authority))
        scene.base_url = upstream.base_url
        scene.configure()
        self.assert_unsent(scene, scene.serve(*trusting(authority.file)).execute(), "TLS_FAILED", told)
        assert upstream.requests == []
        upstream.close()

    def test_a_server_without_a_modern_protocol(self, scene, tmp_path):
        context = Authority(tmp_path).context()
        with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        upstream = Upstream(tls=context)
        scene.base_url = upstream.base_url
        scene.configure()
        told = "the server does not offer TLS 1.2 or newer"
        self.assert_unsent(scene, scene.serve().execute(), "TLS_FAILED", told)
        upstream.close()

    LISTENERS = {
        "a plain answer": (
            lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            "TLS_FAILED",
            "the peer does not speak TLS on this port",
        ),
        "a closed connection": (
            lambda connection: connection.close(),
            "TLS_FAILED",
            "the peer closed the connection during the TLS handshake; check that the port speaks TLS",
        ),
        "silence": (read_to_the_end, "TIMED_OUT", "no connection, the TLS handshake included, within the connect timeout"),
    }

    @pytest.mark.parametrize(("greet", "code", "told"), LISTENERS.values(), ids=LISTENERS.keys())
    def test_a_server_without_tls(self, scene, api_key, greet, code, told):
        listener = Listener(greet)
        scene.base_url = f"https://{listener.authority}"
        scene.configure(limits={"connectTimeoutMs": 300} if code == "TIMED_OUT" else None)
        self.assert_unsent(scene, scene.serve().execute(), code, told)
        listener.close()
        assert listener.received and api_key.encode() not in listener.received and b"POST" not in listener.received


def stranger(authority: Authority) -> Authority:
    """Another authority of the same name, which nobody trusts."""
    directory = authority.file.parent / "stranger"
    directory.mkdir()
    return Authority(directory)


@dataclass(frozen=True)
class Unusable:
    """A credential that cannot be used, and what is said about it."""

    spoil: Callable[[Scene, Path], None]
    """Changes the home; the path is that of the file that holds the secret."""
    code: str
    told: str
    advice: str = "the secrets provider failed; ask the operator to look at the log."
    privileged: bool = True


NOT_STORED = "the credential of this service is not stored; ask the operator to store it."
NO_SECRET = "what is stored is not an encrypted secret; store it again"
OTHER_KEY = "the stored secret cannot be decrypted: it was made with another master key, or was changed or moved"


def envelope(content: bytes) -> bytes:
    """What looks like an encrypted secret."""
    return b"janee:1:" + base64.b64encode(content) + b"\n"


def replaced_by_a_link(scene: Scene, file: Path) -> None:
    """The same content, but somewhere else."""
    file.rename(file.with_name("moved"))
    file.symlink_to("moved")


def replaced_by_a_directory(scene: Scene, file: Path) -> None:
    """A longer path is stored instead."""
    file.unlink()
    file.mkdir(mode=0o700)


def flipped(scene: Scene, file: Path) -> None:
    """One bit of the last byte is another."""
    content = bytearray(base64.b64decode(file.read_bytes().removeprefix(b"janee:1:")))
    content[-1] ^= 1
    file.write_bytes(envelope(content))


def copied(scene: Scene, file: Path) -> None:
    """The encrypted secret of another name."""
    scene.home.set_secret("other", random_letters(32))
    file.write_bytes(file.with_name("other").read_bytes())


INTERNAL = "PROVIDER_INTERNAL_ERROR"
UNUSABLE = {
    "not stored": Unusable(
        lambda scene, file: file.unlink(), "SECRET_NOT_FOUND", "no such secret is stored", NOT_STORED
    ),
    "a directory": Unusable(replaced_by_a_directory, "SECRET_NOT_FOUND", "no such secret is stored", NOT_STORED),
    "an empty file": Unusable(lambda scene, file: file.write_bytes(b""), INTERNAL, NO_SECRET),
    "the key as plain text": Unusable(
        lambda scene, file: file.write_text(scene.secrets[0]), INTERNAL, NO_SECRET
    ),
    "noise": Unusable(lambda scene, file: file.write_bytes(os.urandom(500)), INTERNAL, NO_SECRET),
    "encrypted noise": Unusable(lambda scene, file: file.write_bytes(envelope(os.urandom(80))), INTERNAL, OTHER_KEY),
    "a changed byte": Unusable(flipped, INTERNAL, OTHER_KEY),
    "the secret of another name": Unusable(copied, INTERNAL, OTHER_KEY),
    "a file beyond all measure": Unusable(lambda scene, file: os.truncate(file, 2**30), INTERNAL, "cannot read in"),
    "a link": Unusable(replaced_by_a_link, INTERNAL, "cannot open in the local store"),
    "a file that others can write": Unusable(
        lambda scene, file: file.chmod(0o666),
        INTERNAL,
        "cannot read in the local store: others can write it; run chmod 600 on the file",
    ),
    "a file that nobody can read": Unusable(
        lambda scene, file: file.chmod(0),
        "PROVIDER_PERMISSION_DENIED",
        "cannot open in the local store",
        "the broker may not read the credential of this service; ask the operator to grant access.",
        privileged=False,
    ),
}  # fmt: skip


class TestSecrets:
    def assert_unusable(self, scene: Scene, result: ToolResult, unusable: Unusable) -> None:
        """The agent learns the code and what to do, the operator why."""
        assert_failed(result, unusable.code, f"{unusable.code}: {unusable.advice}")
        scene.server.wait_for_stderr(f"cannot read the credential of service 'api': {unusable.code}: {unusable.told}")

    @pytest.mark.parametrize("unusable", UNUSABLE.values(), ids=UNUSABLE.keys())
    def test_a_stored_secret_that_cannot_be_read(self, scene, upstream, unusable):
        unusable.spoil(scene, scene.home.credentials / "api-key")
        scene.configure()
        server = scene.serve(*([] if unusable.privileged else without_privileges()))
        self.assert_unusable(scene, server.execute(), unusable)
        assert_failure_recorded(scene.outcome(), unusable.code)
        assert upstream.connections == []

    @pytest.mark.parametrize("unusable", UNUSABLE.values(), ids=UNUSABLE.keys())
    def test_the_same_while_the_server_runs(self, scene, upstream, unusable):
        scene.configure()
        server = scene.serve(*([] if unusable.privileged else without_privileges()))
        assert not server.execute(path="/before").is_error
        unusable.spoil(scene, scene.home.credentials / "api-key")
        self.assert_unusable(scene, server.execute(path="/after"), unusable)
        calls = list(pairs(scene.finish()).values())
        assert [[record["phase"] for record in records] for records in calls] == [["intent", "outcome"]] * 2
        assert_failure_recorded(calls[1][1], unusable.code)
        assert upstream.only_request.path == "/before"

    def test_a_deleted_secret_that_is_stored_again_works_again(self, scene, api_key):
        scene.configure()
        server = scene.serve()
        scene.home.run("secret", "delete", "api-key", "--yes").expect(0)
        assert server.execute().code == "SECRET_NOT_FOUND"
        scene.home.set_secret("api-key", api_key)
        assert not server.execute().is_error
        assert [record.get("error") for record in scene.finish()] == [None, "SECRET_NOT_FOUND", None, None]

    NOT_HEADER_SAFE = (
        "the bearer key of this service holds a line break, another character than printable ASCII, or a space at its"
        " beginning or end; ask the operator to store it without"
    )
    VALUES = {
        "empty": ("", "the bearer key of this service is empty; ask the operator to store it"),
        "with a line break": (random_letters(30) + "\r\nX-Evil: " + random_letters(30), NOT_HEADER_SAFE),
        "with a zero byte": (random_letters(30) + "\0" + random_letters(30), NOT_HEADER_SAFE),
        "with letters beyond ASCII": (random_letters(30) + "é" + random_letters(30), NOT_HEADER_SAFE),
        "with a space at its end": (random_letters(30) + " ", NOT_HEADER_SAFE),
    }

    @pytest.mark.parametrize(("value", "message"), VALUES.values(), ids=VALUES.keys())
    def test_a_value_that_cannot_be_sent(self, scene, upstream, value, message):
        scene.secrets += re.findall(r"\w{20,}", value)
        scene.home.set_secret("crooked", value)
        scene.configure(key="crooked")
        assert_failed(scene.serve().execute(), "CREDENTIAL_UNUSABLE", message)
        assert_failure_recorded(scene.outcome(), "CREDENTIAL_UNUSABLE")
        assert f"cannot use the credential of service 'api': {message}" in scene.server.stderr.decode()
        assert upstream.connections == []

    def test_a_wrong_master_key(self, scene, upstream):
        key = base64.b64encode(os.urandom(32)).decode()
        scene.secrets.append(key)
        scene.configure()
        result = scene.serve(JANEE_MASTER_KEY=key).execute()
        self.assert_unusable(scene, result, Unusable(copied, INTERNAL, OTHER_KEY))
        assert_failure_recorded(scene.outcome(), INTERNAL)
        assert upstream.connections == []

    def test_a_master_key_that_is_missing_when_a_call_needs_it_first(self, scene, upstream):
        """A server without services needs no key, and gets a service while it runs."""
        scene.home.configure({"services": {}, "capabilities": {}})
        server = scene.serve()
        server.wait_for_stderr("started")
        (scene.home.path / "master.key").unlink()
        scene.configure()
        wait_for_reload(scene)
        missing = Unusable(
            copied,
            "PROVIDER_CONFIG_INVALID",
            "there is no master key: ",
            "the credential of this service is not configured correctly;"
            " ask the operator to run 'janee config validate'.",
        )
        self.assert_unusable(scene, server.execute(), missing)
        assert_failure_recorded(scene.outcome(), "PROVIDER_CONFIG_INVALID")
        assert upstream.connections == []

    def test_a_master_key_that_disappears_from_a_running_server(self, scene):
        """It was read when the server started, and is needed no more."""
        scene.configure()
        server = scene.serve()
        server.wait_for_stderr("started")
        (scene.home.path / "master.key").unlink()
        assert not server.execute().is_error
        assert scene.outcome()["statusCode"] == 200


def wait_for_reload(scene: Scene) -> None:
    """Let the running server read its configuration anew."""
    scene.server.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE
    while not any(record.get("event", "").startswith("config_reload") for record in scene.home.records):
        assert time.monotonic() < deadline, f"no reload; stderr: {scene.server.stderr.decode()}"
        assert not scene.server.call("whoami").is_error


@dataclass(frozen=True)
class Refused:
    """A call that is refused."""

    code: str
    message: str
    arguments: dict = field(default_factory=dict)
    capability: dict = field(default_factory=dict)
    service: dict = field(default_factory=dict)
    config: dict = field(default_factory=dict)
    agent: str | None = "alice"


FOREIGN = "This capability is not available to this agent"
MALFORMED = "Request refused: path: "
REFUSED = {
    "unknown capability": Refused("CAPABILITY_NOT_FOUND", "Unknown capability", {"capability": "nope"}),
    "agent that is not on the list": Refused("AGENT_NOT_ALLOWED", FOREIGN, {}, {"allowedAgents": ["bob"]}),
    "agent without identity": Refused("AGENT_NOT_ALLOWED", FOREIGN, {}, {"allowedAgents": ["bob"]}, agent=None),
    "restricted capability": Refused("DEFAULT_ACCESS_RESTRICTED", FOREIGN, {}, {"access": "restricted"}),
    "restricted by default": Refused(
        "DEFAULT_ACCESS_RESTRICTED", FOREIGN, config={"server": {"defaultAccess": "restricted"}}
    ),
    "service of another agent": Refused(
        "OWNERSHIP_DENIED", FOREIGN, service={"ownership": {"accessPolicy": "agent-only", "createdBy": "bob"}}
    ),
    "auth type of another version": Refused(
        "AUTH_TYPE_UNAVAILABLE",
        "The service behind this capability uses an auth type that this version of Janee cannot use",
        service={"auth": {"type": "hmac-okx", "apiKey": "api-key", "apiSecret": "api-key", "passphrase": "api-key"}},
    ),
    "capability that runs commands": Refused(
        "MODE_MISMATCH",
        "This capability runs commands, which this version of Janee cannot do",
        {},
        {"mode": "exec", "allowCommands": ["gh"]},
    ),
    "deny rule": Refused(
        "RULE_DENY", "Denied by a rule of this capability", {}, {"rules": rules(allow=["GET *"], deny=["GET /x"])}
    ),
    "no allow rule": Refused(
        "RULE_DENY", "No rule of this capability allows this request", {}, {"rules": rules(allow=["GET /y"])}
    ),
    "reason missing": Refused("REASON_REQUIRED", "This capability requires a reason", {}, {"requiresReason": True}),
    "reason that says nothing": Refused(
        "REASON_REQUIRED", "This capability requires a reason", {"reason": " \n"}, {"requiresReason": True}
    ),
    "approval needed": Refused(
        "APPROVAL_REQUIRED",
        "This capability needs a person's approval, which this version of Janee cannot ask for",
        {},
        {"autoApprove": False},
    ),
    "path without a slash": Refused(
        "REQUEST_REFUSED",
        MALFORMED + "must start with '/', be relative to the service and hold no scheme or host",
        {"path": "https://elsewhere.example/x"},
    ),
    "path that names a host": Refused(
        "REQUEST_REFUSED", MALFORMED + "must not start with '//', which would name another host", {"path": "//x/y"}
    ),
    "path that leads upwards": Refused(
        "REQUEST_REFUSED",
        MALFORMED + "'.' and '..' segments are not allowed in any encoding",
        {"path": "/a/%2e%2e/b"},
    ),
    "path with a hidden separator": Refused(
        "REQUEST_REFUSED",
        MALFORMED + "encoded separators (%2F, %5C, %3B, %3F, %23) are not allowed",
        {"path": "/a%2fb"},
    ),
    "path with a line break": Refused(
        "REQUEST_REFUSED", MALFORMED + "control characters are not allowed", {"path": "/a\r\nX: y"}
    ),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_call(scene, upstream, refused):
    config = {**one_api(upstream.base_url, **refused.capability), **refused.config}
    config["services"]["api"].update(refused.service)
    scene.home.configure(config)
    arguments = {"capability": "api", "method": "GET", "path": "/x", **refused.arguments}
    assert_denied(scene.serve(agent=refused.agent).call("execute", arguments), refused.code, refused.message)
    record = scene.denial()
    assert (record["denied"], record["statusCode"], record["decision"]) == (True, 403, "denied")
    assert (record["reasonCode"], record["denyReason"]) == (refused.code, refused.message)
    assert record["path"] == arguments["path"] and record.get("agentId") == refused.agent
    assert "error" not in record
    assert upstream.connections == []


INVALID = {
    "no path": {"method": "GET"},
    "a method of no API": {"method": "TRACE", "path": "/x"},
    "a path that is no text": {"method": "GET", "path": ["/x"]},
    "headers that are no object": {"method": "GET", "path": "/x", "headers": "Accept: text/plain"},
}


@pytest.mark.parametrize("arguments", INVALID.values(), ids=INVALID.keys())
def test_arguments_that_cannot_be_read(scene, upstream, arguments):
    scene.configure()
    result = scene.serve().call("execute", {"capability": "api", **arguments})
    assert result.is_error and result.code == "INVALID_ARGUMENTS" and result.data["error"]
    record = scene.denial()
    assert (record["reasonCode"], record["statusCode"]) == ("INVALID_ARGUMENTS", 403)
    assert upstream.connections == []


def refused_header(name: str, value: str) -> dict:
    """The arguments of a call with one header."""
    return {"capability": "api", "method": "GET", "path": "/x", "headers": {name: value}}


@pytest.mark.parametrize(
    "header", [("Authorization", "Bearer x"), ("Host", "elsewhere.example"), ("Accept", "a\r\nX-Evil: 1")], ids=repr
)
def test_a_header_that_is_not_the_agents_to_set(scene, upstream, header):
    scene.configure()
    result = scene.serve().call("execute", refused_header(*header))
    assert result.reason_code == "REQUEST_REFUSED", result.text
    assert scene.denial()["reasonCode"] == "REQUEST_REFUSED"
    assert upstream.connections == []


class TestAuditUnavailable:
    MESSAGE = "The call was not made, because it could not be recorded. Ask the operator to look at the log."

    @staticmethod
    def a_file_in_its_place(logs: Path) -> None:
        """There is no directory any more."""
        logs.write_text("")

    @staticmethod
    def a_link_in_its_place(logs: Path) -> None:
        """The directory is reached by a link."""
        logs.symlink_to(logs.with_name("moved-away"))

    @staticmethod
    def writable_by_others(logs: Path) -> None:
        """A directory in which anybody could put anything."""
        logs.mkdir()
        logs.chmod(0o777)

    @staticmethod
    def not_writable(logs: Path) -> None:
        """A directory in which nothing can be created."""
        logs.mkdir(mode=0o500)

    SPOILS = {
        "a file in its place": a_file_in_its_place,
        "a link in its place": a_link_in_its_place,
        "writable by others": writable_by_others,
        "not writable": not_writable,
    }

    @pytest.mark.parametrize("spoil", [spoil.__func__ for spoil in SPOILS.values()], ids=SPOILS.keys())
    def test_the_directory_becomes_unusable(self, scene, upstream, spoil):
        scene.configure()
        server = scene.serve(*without_privileges())
        assert not server.execute(path="/before").is_error
        logs, moved = scene.home.path / "logs", scene.home.path / "moved-away"
        logs.rename(moved)
        spoil(logs)
        for _ in range(2):
            assert_failed(server.execute(path="/unrecorded"), "AUDIT_UNAVAILABLE", self.MESSAGE)
        logs.rmdir() if logs.is_dir() and not logs.is_symlink() else logs.unlink()
        moved.rename(logs)
        assert not server.execute(path="/after").is_error
        assert [request.path for request in upstream.requests] == ["/before", "/after"]
        records = scene.finish()
        assert [(record["phase"], record["path"]) for record in records] == [
            ("intent", "/before"), ("outcome", "/before"), ("intent", "/after"), ("outcome", "/after"),
        ]  # fmt: skip
        assert server.stderr.decode().count("cannot write the audit log: the audit log cannot be used") == 2

    @pytest.mark.parametrize("mode", [0o666, 0o620], ids=oct)
    def test_the_days_file_becomes_writable_by_others(self, scene, upstream, mode):
        scene.configure()
        server = scene.serve()
        server.wait_for_stderr("started")
        file = scene.home.log_files[-1]
        file.chmod(mode)
        assert_failed(server.execute(), "AUDIT_UNAVAILABLE", self.MESSAGE)
        file.chmod(0o600)
        assert upstream.connections == []
        assert scene.finish() == []

    def test_a_denial_stays_a_denial(self, scene, upstream):
        scene.configure(rules=rules(allow=["GET /y"]))
        server = scene.serve()
        server.wait_for_stderr("started")
        logs, moved = scene.home.path / "logs", scene.home.path / "moved-away"
        logs.rename(moved)
        logs.write_text("")
        assert_denied(server.execute(path="/x"), "RULE_DENY", "No rule of this capability allows this request")
        logs.unlink()
        moved.rename(logs)
        assert upstream.connections == []
        assert scene.finish() == []
        assert "cannot write the audit log" in server.stderr.decode()

    def test_an_answer_whose_outcome_cannot_be_recorded_stands(self, scene, upstream):
        """The call was made; that its end is missing is seen by the intent that has none."""
        logs, moved = scene.home.path / "logs", scene.home.path / "moved-away"

        def spoil(exchange: Exchange) -> None:
            logs.rename(moved)
            logs.write_text("")
            exchange.respond(200, quoted(exchange), behaviours.TEXT)

        upstream.otherwise(spoil)
        scene.configure()
        result = scene.serve().execute()
        assert (result.data["status"], result.data["body"]) == (200, "Bearer [REDACTED]")
        logs.unlink()
        moved.rename(logs)
        assert [record["phase"] for record in scene.finish()] == ["intent"]
        assert "cannot write the audit log" in scene.server.stderr.decode()

    def test_a_full_disk(self, scene, upstream):
        """Long reasons fill it; from then on no request goes out, and every one that did is in the log."""
        logs = scene.home.path / "logs"
        scene.configure()
        server = scene.serve(*with_a_small_disk(logs, 64))
        results = [server.execute(path=f"/{number}", reason="r" * 4000) for number in range(30)]
        failed = [result for result in results if result.is_error]
        assert 0 < len(failed) < 30
        for result in failed:
            assert_failed(result, "AUDIT_UNAVAILABLE", self.MESSAGE)
        assert len(upstream.requests) == 30 - len(failed)
        files = list(inside(server.process.pid, logs).glob("*.jsonl"))
        intents = {record["path"] for record in of_calls(read_records(files)) if record["phase"] == "intent"}
        audit = b"".join(file.read_bytes() for file in files)
        assert server.stop() == 0
        assert intents >= {request.path for request in upstream.requests}
        LeakDetector(scene.secrets[0]).check(audit=audit, answers=server.stdout, stderr=server.stderr)


class TestCancellation:
    def cancel(self, scene: Scene, id: object) -> None:
        """Tell the server that nobody wants the answer any more."""
        scene.server.notify("notifications/cancelled", {"requestId": id, "reason": "enough"})

    @pytest.mark.parametrize(
        "behaviour",
        [and_silence(b""), and_silence(head("Content-Length: 500") + b"KEY"), trickle],
        ids=["before the answer", "within the body", "while bytes trickle"],
    )
    def test_a_call_that_the_client_cancels(self, scene, upstream, behaviour):
        upstream.otherwise(behaviour)
        scene.configure()
        server = scene.serve()
        id = server.post_execute("POST", "/x", body="once")
        (received,) = upstream.wait_for_requests(1)
        self.cancel(scene, id)
        assert received.connection.closed.wait(PROMPTLY), "the upstream connection stayed open"
        assert_failure_recorded(scene.outcome(), "CANCELLED")
        assert not [message for message in server.messages if message.get("id") == id], "it was answered"
        assert len(upstream.requests) == 1

    def test_a_call_that_is_cancelled_before_it_is_connected(self, scene, api_key):
        listener = Listener(read_to_the_end)
        scene.base_url = f"https://{listener.authority}"
        scene.configure()
        server = scene.serve()
        id = server.post_execute()
        assert listener.reached.wait(PATIENCE), "nobody connected"
        self.cancel(scene, id)
        assert_failure_recorded(scene.outcome(), "CANCELLED")
        assert not [message for message in server.messages if message.get("id") == id]
        listener.close()

    def test_a_call_whose_client_leaves(self, scene, upstream):
        upstream.otherwise(and_silence(head("Content-Length: 500") + b"KEY"))
        scene.configure()
        scene.serve().post_execute("POST", "/x", body="once")
        (received,) = upstream.wait_for_requests(1)
        assert_failure_recorded(scene.outcome(), "CANCELLED")
        assert received.connection.closed.wait(PROMPTLY)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
    def test_a_call_whose_server_is_ended(self, scene, upstream, number):
        upstream.otherwise(and_silence(b""))
        scene.configure()
        scene.serve().post_execute()
        (received,) = upstream.wait_for_requests(1)
        scene.server.process.send_signal(number)
        assert scene.server.wait() == 0
        assert_failure_recorded(scene.outcome(), "CANCELLED")
        assert received.connection.closed.wait(PROMPTLY)

    def test_an_answer_that_comes_while_the_client_cancels_is_recorded_once(self, scene, upstream):
        gate = Gate()
        upstream.otherwise(behaviours.gated(gate))
        scene.configure()
        server = scene.serve()
        ids = [server.post_execute(path=f"/{number}") for number in range(20)]
        upstream.wait_for_requests(20)
        gate.open()
        for id in ids:
            self.cancel(scene, id)
        calls = pairs(scene.finish()).values()
        gate.close()
        assert [[record["phase"] for record in records] for records in calls] == [["intent", "outcome"]] * 20
        ends = [(outcome.get("error"), outcome.get("statusCode")) for _, outcome in calls]
        assert set(ends) <= {("CANCELLED", None), (None, 200)}


POSITION = re.compile(r"config\.yaml:\d+:\d+: ")
PASTED = random_letters(40)
"""A key in a wrong place of the configuration, or in a variable."""


@dataclass(frozen=True)
class Unstartable:
    """A home or an environment with which no server starts."""

    told: str
    spoil: Callable[[Scene], None] = lambda scene: None
    environment: dict[str, str] = field(default_factory=dict)
    agent: str | None = "alice"
    positioned: bool = False


def with_service(**fields: object) -> Callable[[Scene], None]:
    """Writes a configuration whose service has other fields."""

    def spoil(scene: Scene) -> None:
        config = one_api(scene.base_url)
        config["services"]["api"].update(fields)
        scene.home.configure(config)

    return spoil


def with_text(text: str, mode: int = 0o600) -> Callable[[Scene], None]:
    """Writes a configuration as it is given."""
    return lambda scene: scene.home.configure(text, mode)


def without_logs(scene: Scene) -> None:
    """There is a file where the logs should be."""
    logs = scene.home.path / "logs"
    logs.rename(scene.home.path / "moved-away")
    logs.write_text("")


UNSTARTABLE = {
    "no configuration": Unstartable("janee init", lambda scene: scene.home.config_file.unlink()),
    "no YAML": Unstartable("", with_text(f"services: [{PASTED}\n"), positioned=True),
    "a list": Unstartable("", with_text(f"- {PASTED}\n"), positioned=True),
    "an unknown field": Unstartable("services.api", with_service(apiKey=PASTED), positioned=True),
    "a number as address": Unstartable("services.api.baseUrl", with_service(baseUrl=7), positioned=True),
    "a password in the address": Unstartable(
        "services.api.baseUrl", with_service(baseUrl=f"http://user:{PASTED}@127.0.0.1"), positioned=True
    ),
    "plain http to the world": Unstartable(
        "services.api.baseUrl", with_service(baseUrl="http://api.example"), positioned=True
    ),
    "a private address": Unstartable(
        "services.api.baseUrl", with_service(baseUrl="https://10.0.0.1"), positioned=True
    ),
    "an unknown auth type": Unstartable(
        "services.api.auth", with_service(auth={"type": PASTED, "key": "api-key"}), positioned=True
    ),
    "no auth type": Unstartable("services.api.auth", with_service(auth={"key": PASTED}), positioned=True),
    "a limit that is no number": Unstartable(
        "services.api.limits", with_service(limits={"timeoutMs": PASTED}), positioned=True
    ),
    "a capability without a service": Unstartable(
        "capabilities.api.service",
        lambda scene: scene.home.configure({"services": {}, "capabilities": {"api": capability("nope")}}),
        positioned=True,
    ),
    "a rule that nothing could match": Unstartable(
        "capabilities.api.rules",
        lambda scene: scene.configure(rules=rules(allow=["FETCH /x"])),
        positioned=True,
    ),
    "an unknown provider": Unstartable(
        "PROVIDER_NOT_FOUND", with_service(auth={"type": "bearer", "key": f"nowhere://{PASTED}"}), positioned=True
    ),
    "a configuration that others can write": Unstartable(
        "others can write it; run: chmod 600", with_text("services: {}\n", 0o666)
    ),
    "a store that others can write": Unstartable(
        "others could change its files", lambda scene: scene.home.credentials.chmod(0o777)
    ),
    "no master key": Unstartable(
        "there is no master key", lambda scene: (scene.home.path / "master.key").unlink()
    ),
    "a master key that is none": Unstartable("JANEE_MASTER_KEY", environment={"JANEE_MASTER_KEY": PASTED}),
    "a master key pasted instead of its file": Unstartable(
        "JANEE_MASTER_KEY_FILE", environment={"JANEE_MASTER_KEY_FILE": PASTED}
    ),
    "a name with control characters": Unstartable("JANEE_AGENT", agent="al\x1bice"),
    "no directory for the log": Unstartable("the audit log cannot be used", without_logs),
    "a log that others can write": Unstartable(
        "others could change its files", lambda scene: (scene.home.path / "logs").chmod(0o777)
    ),
}  # fmt: skip


@pytest.mark.parametrize("unstartable", UNSTARTABLE.values(), ids=UNSTARTABLE.keys())
def test_a_server_that_must_not_start(scene, upstream, unstartable):
    scene.configure()
    unstartable.spoil(scene)
    server = scene.serve(agent=unstartable.agent, **unstartable.environment)
    assert server.wait() == 1
    said = server.stderr.decode()
    assert unstartable.told in said
    assert POSITION.search(said) or not unstartable.positioned, said
    assert "\x1b" not in said and "started" not in said
    assert server.stdout == b""
    assert upstream.connections == []
    logs = [file.read_bytes() for file in scene.home.log_files]
    LeakDetector(PASTED).check(stderr=server.stderr, audit=b"".join(logs))
    assert of_calls(scene.home.records) == []


def test_a_log_in_which_nothing_can_be_written_starts_no_server(scene, upstream):
    logs = scene.home.path / "logs"
    scene.configure()
    for file in logs.iterdir():
        file.unlink()
    logs.chmod(0o500)
    server = scene.serve(*without_privileges())
    assert server.wait() == 1
    assert "the audit log cannot be used" in server.stderr.decode()
    assert upstream.connections == []


def store_that_others_can_write(scene: Scene) -> None:
    """Anybody could change what is stored."""
    scene.home.credentials.chmod(0o777)


def tampered_log(scene: Scene) -> None:
    """A record is not what it was."""
    file = scene.home.log_files[-1]
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)


def nothing(scene: Scene) -> None:
    """As it is."""


@dataclass(frozen=True)
class Failing:
    """A command that fails."""

    arguments: tuple[str, ...]
    code: int
    answer: str | None
    spoil: Callable[[Scene], None] = nothing


COMMANDS = {
    "a secret that is not stored": Failing(("secret", "get", "nope"), 1, "SECRET_NOT_FOUND"),
    "a secret of an unknown provider": Failing(("secret", "get", "nowhere://x"), 1, "PROVIDER_NOT_FOUND"),
    "a secret that cannot be decrypted": Failing(
        ("secret", "get", "api-key", "--reveal"),
        1,
        INTERNAL,
        lambda scene: flipped(scene, scene.home.credentials / "api-key"),
    ),
    "a store that others can write": Failing(
        ("secret", "set", "new", "--from-stdin"), 1, "PROVIDER_CONFIG_INVALID", store_that_others_can_write
    ),
    "a value of a variable that is not set": Failing(("secret", "set", "new", "--from-env", "NOT_SET"), 1, None),
    "no master key": Failing(
        ("secret", "set", "new", "--from-stdin"),
        1,
        "PROVIDER_CONFIG_INVALID",
        lambda scene: (scene.home.path / "master.key").unlink(),
    ),
    "a tampered log": Failing(("logs", "verify"), 1, None, tampered_log),
    "a capability that does not exist": Failing(("diagnose", "access", "nope"), 1, None),
    "a configuration with a mistake": Failing(("config", "validate"), 1, None, with_text("nonsense: true\n")),
    "an unknown command": Failing(("nonsense",), USAGE, None),
    "an unknown transport": Failing(("serve", "--transport", "http"), USAGE, None),
}


@pytest.mark.parametrize("failing", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_that_fails(scene, failing):
    value = random_letters(32)
    scene.configure()
    failing.spoil(scene)
    plain = scene.home.run(*failing.arguments, stdin=value.encode()).expect(failing.code)
    assert plain.errors or plain.output
    as_json = scene.home.run(*failing.arguments, "--json", stdin=value.encode()).expect(failing.code)
    if failing.answer:
        assert as_json.json["code"] == failing.answer and as_json.json["error"]
    if failing.arguments[0] != "diagnose":
        assert as_json.json["ok"] is False
    logs = b"".join(file.read_bytes() for file in scene.home.log_files)
    for secret in (value, scene.secrets[0]):
        LeakDetector(secret).check(
            plain=plain.stdout + plain.stderr, json=as_json.stdout + as_json.stderr, audit=logs
        )
