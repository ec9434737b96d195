"""The helpers are tested too: a detector that finds nothing proves nothing."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import urllib.parse

import pytest

from support import behaviours
from support.config import to_yaml
from support.gate import Gate
from support.leaks import LeakDetector, awkward_canary, canary_of_length, plain_canary
from support.nginx import Nginx
from support.upstream import Upstream

CANARIES = {
    "plain": plain_canary(),
    "awkward": awkward_canary(),
    "length 3n": canary_of_length(0),
    "length 3n+1": canary_of_length(1),
    "length 3n+2": canary_of_length(2),
}

DISGUISES = {
    "exact": lambda key: key.encode(),
    "between other bytes": lambda key: b"\x00\xff" + key.encode() + b"\xfe",
    "a piece of it": lambda key: key[5:20].encode(),
    "base64, alignment 0": lambda key: base64.b64encode(key.encode()),
    "base64, alignment 1": lambda key: base64.b64encode(b"a" + key.encode() + b"z"),
    "base64, alignment 2": lambda key: base64.b64encode(b"ab" + key.encode() + b"yz"),
    "base64url, alignment 0": lambda key: base64.urlsafe_b64encode(key.encode() + b"zz").rstrip(b"="),
    "base64url, alignment 1": lambda key: base64.urlsafe_b64encode(b"abcd" + key.encode()).rstrip(b"="),
    "base64url, alignment 2": lambda key: base64.urlsafe_b64encode(b"user:" + key.encode()).rstrip(b"="),
    "basic credentials": lambda key: b"Basic " + base64.b64encode(b"user:" + key.encode()),
    "hex": lambda key: key.encode().hex().encode(),
    "upper-case hex": lambda key: key.encode().hex().upper().encode(),
    "percent-encoded": lambda key: urllib.parse.quote(key, safe="").encode(),
    "every byte percent-encoded": lambda key: b"".join(b"%%%02x" % byte for byte in key.encode()),
    "in JSON": lambda key: json.dumps({"a": ["b", key]}).encode(),
    "in JSON with escapes": lambda key: json.dumps({"a": "\\u00e9" + key}).replace("/", "\\/").encode(),
    "in JSON within JSON": lambda key: json.dumps({"t": json.dumps({"u": json.dumps({"v": key})})}).encode(),
    "a binary body in JSON": lambda key: json.dumps({"b": base64.b64encode(b"\xff" + key.encode()).decode()}).encode(),
    "one of many lines": lambda key: b'{"a":1}\nnot json\n' + json.dumps({"x": key}).encode() + b"\n",
}


class TestLeakDetector:
    @pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
    @pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
    def test_finds_a_planted_leak(self, canary, disguise):
        with pytest.raises(AssertionError, match="leaked"):
            LeakDetector(canary).check(buffer=disguise(canary))

    @pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
    def test_does_not_confuse_one_key_with_another(self, disguise):
        LeakDetector(plain_canary()).check(buffer=disguise(plain_canary()))

    def test_names_source_and_form(self):
        canary = plain_canary()
        with pytest.raises(AssertionError, match="stderr.*exact"):
            LeakDetector(canary).check(stdout=b"nothing", stderr=b"key is " + canary.encode())


class TestUpstream:
    def talk(self, upstream: Upstream, data: bytes) -> bytes:
        """Send bytes, end the sending side, and read everything that comes back."""
        with socket.create_connection((upstream.address, upstream.port)) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    def test_records_exact_bytes_and_keeps_the_connection(self, upstream):
        first = b"POST /a?b=c HTTP/1.1\r\nHost:  x\r\nContent-Length: 3\r\n\r\nabc"
        second = b"GET /d HTTP/1.1\r\nhOST: y\r\n\r\n"
        answers = self.talk(upstream, first + second)
        assert answers.count(b"HTTP/1.1 200") == 2
        assert [(r.method, r.target, r.head + r.body) for r in upstream.requests] == [
            ("POST", "/a?b=c", first),
            ("GET", "/d", second),
        ]
        assert upstream.requests[1].header("host") == "y"
        assert upstream.wire == first + second
        assert len(upstream.connections) == 1

    def test_reads_chunked_bodies(self, upstream):
        self.talk(upstream, b"PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert upstream.only_request.body == b"abcde"

    def test_echoes_the_authorization_compressed(self, upstream):
        upstream.otherwise(behaviours.echo_gzip)
        answer = self.talk(upstream, b"GET / HTTP/1.1\r\nAuthorization: Bearer k\r\n\r\n")
        assert gzip.decompress(answer.split(b"\r\n\r\n", 1)[1]) == b'{"seen":"Bearer k"}'

    def test_notices_a_client_that_leaves(self, upstream):
        upstream.otherwise(behaviours.hang)
        with socket.create_connection((upstream.address, upstream.port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            (request,) = upstream.wait_for_requests(1)
            assert not request.connection.closed.is_set()
        assert request.connection.closed.wait(5)

    def test_gate_releases_all_or_notices_leavers(self, upstream):
        gate = Gate()
        upstream.on("/all", behaviours.all_together(2, gate))
        with socket.create_connection((upstream.address, upstream.port)) as one:
            one.sendall(b"GET /all HTTP/1.1\r\n\r\n")
            upstream.wait_for_requests(1)
            with socket.create_connection((upstream.address, upstream.port)) as two:
                two.sendall(b"GET /all HTTP/1.1\r\n\r\n")
                assert one.recv(12) == two.recv(12) == b"HTTP/1.1 200"
        gate.close()

    def test_reports_a_broken_behaviour(self):
        upstream = Upstream()
        upstream.otherwise(lambda exchange: 1 / 0)
        self.talk(upstream, b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(AssertionError, match="ZeroDivisionError"):
            upstream.close()

    def test_resets(self, upstream):
        upstream.otherwise(behaviours.reset)
        with socket.create_connection((upstream.address, upstream.port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


class TestNginx:
    def test_serves_files_and_logs_request_lines(self, nginx: Nginx):
        nginx.put("hello.txt", b"hello")
        with socket.create_connection(("127.0.0.1", nginx.port)) as connection:
            connection.sendall(b"GET /hello.txt?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert answer.endswith(b"\r\n\r\nhello")
        nginx.close()
        assert nginx.request_lines == ["GET /hello.txt?x=1 HTTP/1.1"]


def test_yaml_writer():
    config = {"a": {"b": [1, "x: y"], "c": {}, "d": True}, "e": 'quote " and é'}
    assert to_yaml(config) == ('"a":\n  "b":\n    - 1\n    - "x: y"\n  "c": {}\n  "d": true\n"e": "quote \\" and é"\n')
