"""Scripts for the upstream: echoes, slow and broken answers, error pages that quote credentials."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import zlib

from .gate import Gate
from .upstream import PATIENCE, Behaviour, Exchange, default_behaviour

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}

answer_ok = default_behaviour


def fixed(status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None) -> Behaviour:
    """Always the same complete answer."""
    return lambda exchange: exchange.respond(status, body, headers)


def raw(data: bytes) -> Behaviour:
    """Exactly these bytes, then the end of the connection."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        exchange.hang_up()

    return behave


def echo(exchange: Exchange) -> None:
    """Headers and body of the request as a JSON document."""
    request = exchange.request
    document = {
        "method": request.method,
        "target": request.target,
        "headers": dict(request.headers),
        "body": request.body.decode("utf-8", "replace"),
    }
    exchange.respond(200, json.dumps(document).encode(), JSON)


def echo_authorization(exchange: Exchange) -> None:
    """The Authorization header as plain text."""
    exchange.respond(200, _authorization(exchange), TEXT)


def echo_in_headers(exchange: Exchange) -> None:
    """The Authorization header inside response headers that agents may see."""
    value = _authorization(exchange).decode("latin-1")
    exchange.respond(200, b"{}", {**JSON, "ETag": f'"{value}"', "X-Request-Id": value, "Link": f"<{value}>"})


def echo_gzip(exchange: Exchange) -> None:
    """The Authorization header in a gzip body."""
    body = gzip.compress(b'{"seen":"' + _authorization(exchange) + b'"}')
    exchange.respond(200, body, {**JSON, "Content-Encoding": "gzip"})


def echo_deflate(exchange: Exchange) -> None:
    """The Authorization header in a zlib (deflate) body."""
    body = zlib.compress(b'{"seen":"' + _authorization(exchange) + b'"}')
    exchange.respond(200, body, {**JSON, "Content-Encoding": "deflate"})


def echo_base64(exchange: Exchange) -> None:
    """The key in base64 at all three alignments, in both alphabets, with text before and after."""
    key = _authorization(exchange).removeprefix(b"Bearer ")
    forms = []
    for prefix in (b"", b"u", b"us"):
        for suffix in (b"", b":x"):
            forms.append(base64.b64encode(prefix + key + suffix))
            forms.append(base64.urlsafe_b64encode(prefix + key + suffix).rstrip(b"="))
    exchange.respond(200, b"\n".join(forms), TEXT)


def echo_binary(exchange: Exchange) -> None:
    """The Authorization header between bytes that are not text."""
    body = b"\x00\xff\xfe\x80" + _authorization(exchange) + b"\x00\xc3\x28"
    exchange.respond(200, body, {"Content-Type": "application/octet-stream"})


def echo_in_two_writes(exchange: Exchange) -> None:
    """The Authorization header cut in two chunks of a chunked body."""
    text = b"before " + _authorization(exchange) + b" after"
    middle = len(text) // 2
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    for part in (text[:middle], text[middle:], b""):
        exchange.send(b"%x\r\n%s\r\n" % (len(part), part))


def redirect_quoting_key(exchange: Exchange) -> None:
    """A redirect whose Location holds the key."""
    key = _authorization(exchange).removeprefix(b"Bearer ").decode("latin-1")
    location = f"https://user:{key}@elsewhere.example/{key}/login?token={key}#{key}"
    exchange.respond(302, b"", {"Location": location})


def unauthorized_page(exchange: Exchange) -> None:
    """A 401 page that quotes the Authorization header in body, header and reason."""
    value = _authorization(exchange)
    body = b"<html><body>Invalid token: <pre>Authorization: " + value + b"</pre></body></html>"
    challenge = f'Bearer error="invalid_token", error_description="{value.decode("latin-1")} is unknown"'
    exchange.respond(401, body, {"Content-Type": "text/html", "WWW-Authenticate": challenge})


def hang(exchange: Exchange) -> None:
    """No answer, until the client leaves."""
    exchange.wait_for_client_to_leave()


def answer_then_hang(exchange: Exchange) -> None:
    """A head and some of the body, then silence until the client leaves."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\npart")
    exchange.wait_for_client_to_leave()


def reset(exchange: Exchange) -> None:
    """A TCP reset instead of an answer."""
    exchange.reset()


def truncated(exchange: Exchange) -> None:
    """A body shorter than its Content-Length."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nonly this")
    exchange.hang_up()


def chunked_cut(exchange: Exchange) -> None:
    """A chunked body without its last chunk."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
    exchange.hang_up()


def gzip_cut(exchange: Exchange) -> None:
    """A correctly framed body whose gzip stream ends too early."""
    body = gzip.compress(b"x" * 5000)[:-12]
    exchange.respond(200, body, {**TEXT, "Content-Encoding": "gzip"})


def gated(gate: Gate, body: bytes = b'{"late":true}') -> Behaviour:
    """An answer when the gate opens; a client that leaves first is noticed."""

    def behave(exchange: Exchange) -> None:
        connection = exchange.request.connection
        if gate.wait_beside(connection.socket, PATIENCE):
            exchange.respond(200, body, JSON)
        else:
            exchange.wait_for_client_to_leave()

    return behave


def all_together(count: int, gate: Gate) -> Behaviour:
    """Answers nobody until so many requests are waiting, then all of them."""
    lock = threading.Lock()
    waiting = 0

    def behave(exchange: Exchange) -> None:
        nonlocal waiting
        with lock:
            waiting += 1
            if waiting == count:
                gate.open()
        gated(gate)(exchange)

    return behave


def _authorization(exchange: Exchange) -> bytes:
    return (exchange.request.header("Authorization") or "").encode("latin-1")
