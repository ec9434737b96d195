"""What the broker sends upstream, and what it makes of the answers."""

from __future__ import annotations

import base64
import gzip
import json
import random
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from support import behaviours
from support.audit import of_calls
from support.config import capability, one_api, service
from support.tls import self_signed_context
from support.upstream import PATIENCE, Upstream

KIBI = 1024


@pytest.fixture
def limited(home, upstream):
    """A server whose service allows little time and few bytes."""
    limits = {
        "timeoutMs": 700,
        "connectTimeoutMs": 500,
        "idleTimeoutMs": 300,
        "maxRequestBytes": 16 * KIBI,
        "maxResponseBytes": 64 * KIBI,
    }
    home.configure(
        {"services": {"api": service(upstream.base_url, limits=limits)}, "capabilities": {"api": capability()}}
    )
    return home.serve()


@pytest.fixture
def server(home, upstream):
    """A server with the default limits."""
    home.configure(one_api(upstream.base_url))
    return home.serve()


def assert_failed(result, code: str) -> None:
    """The call failed with this code and an explanation."""
    assert result.is_error, result.text
    assert result.code == code, result.text
    assert result.data["error"]


class TestRequests:
    def test_body_and_length_are_exact(self, server, upstream):
        body = '{"text":"é 🔑 \\u0000"}'
        assert not server.execute("POST", "/x", body=body).is_error
        request = upstream.only_request
        assert request.body == body.encode()
        assert request.header("Content-Length") == str(len(body.encode()))
        assert request.header("Transfer-Encoding") is None

    def test_a_json_body_gets_its_content_type(self, server, upstream):
        server.execute("POST", "/x", body='{"a":1}')
        assert upstream.only_request.header("Content-Type") == "application/json"

    def test_the_agents_content_type_wins(self, server, upstream):
        server.execute("POST", "/x", body="a=1", headers={"content-type": "application/x-www-form-urlencoded"})
        assert upstream.only_request.header("Content-Type") == "application/x-www-form-urlencoded"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    @pytest.mark.parametrize("rest", [{}, {"body": ""}], ids=["no body", "empty body"])
    def test_an_empty_body_says_so(self, server, upstream, method, rest):
        assert not server.execute(method, "/x", **rest).is_error
        assert upstream.only_request.body == b""
        assert upstream.only_request.header("Content-Length") == "0"
        assert upstream.only_request.header("Transfer-Encoding") is None

    @pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
    def test_a_request_without_body_claims_none(self, server, upstream, method):
        assert not server.execute(method, "/x").is_error
        assert upstream.only_request.header("Content-Length") in (None, "0")
        assert upstream.only_request.header("Transfer-Encoding") is None

    def test_a_large_body_arrives_whole(self, server, upstream):
        body = "x" * (3 * KIBI * KIBI)
        assert not server.execute("PUT", "/x", body=body).is_error
        assert upstream.only_request.body == body.encode()

    def test_a_body_over_the_limit_is_not_sent(self, limited, upstream):
        assert limited.execute("POST", "/x", body="y" * (16 * KIBI + 1)).is_error
        assert upstream.requests == []
        assert not limited.execute("POST", "/x", body="y" * (16 * KIBI)).is_error

    def test_base_paths_are_joined_with_one_slash(self, home, upstream):
        bases = {"none": "", "slash": "/", "path": "/v1", "path and slash": "/v1/", "deep": "/a/b"}
        home.configure(
            {
                "services": {name: service(upstream.base_url + base) for name, base in bases.items()},
                "capabilities": {name: capability(name) for name in bases},
            }
        )
        server = home.serve()
        for name in bases:
            assert not server.execute("GET", "/x?y=z", name).is_error
        assert [request.target for request in upstream.requests] == [
            "/x?y=z", "/x?y=z", "/v1/x?y=z", "/v1/x?y=z", "/a/b/x?y=z",
        ]  # fmt: skip

    def test_localhost_by_name(self, home, upstream):
        home.configure(one_api(f"http://localhost:{upstream.port}"))
        assert not home.serve().execute("GET", "/x").is_error
        assert upstream.only_request.header("Host") == f"localhost:{upstream.port}"


class TestAnswers:
    def test_text_of_every_shape(self, server, upstream):
        for body in ("", "plain", "é 🔑", "\ufeffwith mark", "line\r\nline\n", '"quoted" \\ \u2028'):
            upstream.otherwise(behaviours.fixed(200, body.encode(), behaviours.TEXT))
            answer = server.execute("GET", "/x").data
            assert answer["body"] == body
            assert "bodyEncoding" not in answer

    @pytest.mark.parametrize(
        "body",
        [bytes(range(256)), b"\xff\xd8\xff\xe0 JFIF", b"text \xc3\x28 broken", b"\xed\xa0\x80", b"\x00\xff" * 999],
        ids=["every byte", "JPEG", "broken UTF-8", "surrogate", "longer"],
    )
    def test_what_is_not_text_comes_as_base64(self, server, upstream, body):
        upstream.otherwise(behaviours.fixed(200, body, {"Content-Type": "application/octet-stream"}))
        answer = server.execute("GET", "/x").data
        assert answer["bodyEncoding"] == "base64"
        assert base64.b64decode(answer["body"], validate=True) == body

    @pytest.mark.parametrize("status", [200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503, 599])
    def test_every_status_is_passed_on(self, server, upstream, status):
        body = b"" if status in (204, 304) else b"text"
        upstream.otherwise(
            lambda exchange: exchange.respond(status, body, behaviours.TEXT, framed=status not in (204, 304))
        )
        answer = server.execute("GET", "/x").data
        assert (answer["status"], answer["body"]) == (status, body.decode())
        assert server.execute("GET", "/again").data["status"] == status

    def test_head_has_headers_and_no_body(self, server, upstream):
        upstream.otherwise(behaviours.fixed(200, b"twelve bytes", {**behaviours.TEXT, "ETag": '"e"'}))
        answer = server.execute("HEAD", "/x").data
        assert (answer["status"], answer["body"]) == (200, "")
        assert answer["headers"]["etag"] == '"e"'
        assert server.execute("GET", "/x").data["body"] == "twelve bytes"

    def test_interim_answers_are_skipped(self, server, upstream):
        early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        upstream.otherwise(behaviours.raw(early + final))
        answer = server.execute("GET", "/x").data
        assert (answer["status"], answer["body"]) == (200, "ok")

    def test_chunked_and_until_the_end(self, server, upstream):
        chunks = b"2\r\nab\r\n0\r\n\r\n"
        upstream.on("/chunked", behaviours.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks))
        upstream.on("/until-end", behaviours.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab"))
        assert server.execute("GET", "/chunked").data["body"] == "ab"
        assert server.execute("GET", "/until-end").data["body"] == "ab"

    def test_header_map_is_an_allow_list(self, server, upstream):
        shown = {
            "Content-Type": "text/plain",
            "ETag": '"1"',
            "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT",
            "Retry-After": "7",
            "Link": '</x?page=2>; rel="next"',
        }
        hidden = {
            "Set-Cookie": "session=1",
            "Server": "secretd/1.0",
            "X-Powered-By": "x",
            "X-Internal-Token": "abc",
            "Authorization": "Bearer y",
            "Proxy-Authenticate": "Basic",
        }
        upstream.otherwise(behaviours.fixed(200, b"x", {**shown, **hidden}))
        headers = server.execute("GET", "/x").data["headers"]
        assert all(name == name.lower() for name in headers)
        for name, value in shown.items():
            assert headers[name.lower()] == value
        assert not {name.lower() for name in hidden} & set(headers)

    def test_a_redirect_is_returned_and_not_followed(self, server, upstream):
        other = Upstream()
        upstream.otherwise(behaviours.fixed(302, b"moved", {"Location": other.base_url + "/catch?token=1"}))
        answer = server.execute("GET", "/x").data
        assert answer["status"] == 302
        assert len(upstream.requests) == 1
        assert other.connections == []
        other.close()

    def test_locations_are_sanitised(self, server, upstream):
        cases = {
            f"{upstream.base_url}/next?token=1#f": "/next",
            "/relative?token=1": "/relative",
            "https://user:password@elsewhere.example:8443/path?token=1#f": "https://elsewhere.example:8443",
            "http://elsewhere.example/path": "http://elsewhere.example",
        }
        for location, shown in cases.items():
            upstream.otherwise(behaviours.fixed(307, b"", {"Location": location}))
            assert server.execute("GET", "/x").data["headers"]["location"].rstrip("/") == shown
        for location in ("javascript:alert(1)", "http://[broken", "\\\\evil", "http://user:pw@"):
            upstream.otherwise(behaviours.fixed(307, b"", {"Location": location}))
            headers = server.execute("GET", "/x").data["headers"]
            assert "pw" not in headers.get("location", "") and "alert" not in headers.get("location", "")


class TestEncodings:
    def test_the_broker_asks_only_for_what_it_can_decode(self, server, upstream):
        server.execute("GET", "/x")
        asked = upstream.only_request.header("Accept-Encoding") or "identity"
        assert {coding.split(";")[0].strip() for coding in asked.split(",")} <= {"gzip", "deflate", "identity"}

    @pytest.mark.parametrize(
        ("coding", "encode"),
        [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress)],
        ids=["gzip", "GZIP", "deflate"],
    )
    def test_compressed_answers_are_decoded(self, server, upstream, coding, encode):
        text = "a compressible text, é " * 500
        headers = {**behaviours.TEXT, "Content-Encoding": coding}
        upstream.otherwise(behaviours.fixed(200, encode(text.encode()), headers))
        answer = server.execute("GET", "/x").data
        assert answer["body"] == text
        assert "content-encoding" not in answer["headers"]
        assert answer["headers"].get("content-length") in (None, str(len(text.encode())))

    def test_identity_is_no_encoding(self, server, upstream):
        upstream.otherwise(behaviours.fixed(200, b"text", {**behaviours.TEXT, "Content-Encoding": "identity"}))
        assert server.execute("GET", "/x").data["body"] == "text"

    @pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "nonsense"])
    def test_unknown_encodings_are_an_error(self, server, upstream, coding):
        upstream.otherwise(behaviours.fixed(200, b"????", {**behaviours.TEXT, "Content-Encoding": coding}))
        assert_failed(server.execute("GET", "/x"), "UNDECODABLE_RESPONSE")

    def test_what_claims_to_be_gzip_and_is_not(self, server, upstream):
        upstream.otherwise(behaviours.fixed(200, b"not gzip", {**behaviours.TEXT, "Content-Encoding": "gzip"}))
        assert_failed(server.execute("GET", "/x"), "UNDECODABLE_RESPONSE")

    def test_a_cut_gzip_stream_is_not_taken_for_whole(self, server, upstream):
        upstream.otherwise(behaviours.gzip_cut)
        result = server.execute("GET", "/x")
        assert result.is_error and result.code in ("UNDECODABLE_RESPONSE", "TRUNCATED_RESPONSE")

    def test_a_gzip_bomb_stops_at_the_limit(self, limited, upstream):
        bomb = gzip.compress(b"\0" * (32 * KIBI * KIBI))
        assert len(bomb) < 64 * KIBI
        upstream.otherwise(behaviours.fixed(200, bomb, {**behaviours.TEXT, "Content-Encoding": "gzip"}))
        assert_failed(limited.execute("GET", "/x"), "RESPONSE_TOO_LARGE")

    def test_an_empty_compressed_answer(self, server, upstream):
        upstream.otherwise(behaviours.fixed(200, b"", {**behaviours.TEXT, "Content-Encoding": "gzip"}))
        assert server.execute("HEAD", "/x").data["body"] == ""


class TestFailures:
    @pytest.mark.parametrize("behaviour", [behaviours.truncated, behaviours.chunked_cut], ids=["length", "chunked"])
    def test_a_truncated_answer_is_an_error(self, server, upstream, behaviour):
        upstream.otherwise(behaviour)
        assert_failed(server.execute("GET", "/x"), "TRUNCATED_RESPONSE")

    def test_a_reset_connection(self, server, upstream):
        upstream.otherwise(behaviours.reset)
        result = server.execute("POST", "/x", body="once")
        assert result.is_error and result.code in ("CONNECTION_FAILED", "TRUNCATED_RESPONSE")
        assert len(upstream.requests) == 1, "a request with an effect must not be repeated"

    def test_a_connection_that_ends_before_the_answer(self, server, upstream):
        upstream.otherwise(behaviours.raw(b""))
        result = server.execute("POST", "/x", body="once")
        assert result.is_error and result.code in ("CONNECTION_FAILED", "TRUNCATED_RESPONSE")
        assert len(upstream.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        ],
        ids=["not HTTP", "bad status", "negative length", "two lengths", "bad chunk", "bad header"],
    )
    def test_nonsense_is_an_error(self, server, upstream, answer):
        upstream.otherwise(behaviours.raw(answer))
        result = server.execute("GET", "/x")
        assert result.is_error and result.code
        upstream.otherwise(behaviours.answer_ok)
        assert not server.execute("GET", "/y").is_error

    def test_a_refused_connection(self, server, upstream):
        upstream.close()
        assert_failed(server.execute("GET", "/x"), "CONNECTION_FAILED")

    def test_every_failure_has_its_outcome_in_the_audit(self, server, upstream, home):
        for behaviour in (behaviours.truncated, behaviours.reset, behaviours.raw(b"junk\r\n\r\n")):
            upstream.otherwise(behaviour)
            assert server.execute("GET", "/x").is_error
        assert server.stop() == 0
        assert [record["phase"] for record in of_calls(home.records)] == ["intent", "outcome"] * 3

    @pytest.mark.parametrize("framing", ["length", "chunked", "until end"])
    def test_an_answer_over_the_limit_is_an_error(self, limited, upstream, framing):
        body = b"z" * (64 * KIBI + 1)
        if framing == "length":
            upstream.otherwise(behaviours.fixed(200, body, behaviours.TEXT))
        elif framing == "chunked":
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            upstream.otherwise(behaviours.raw(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)))
        else:
            upstream.otherwise(behaviours.raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body))
        assert_failed(limited.execute("GET", "/x"), "RESPONSE_TOO_LARGE")
        upstream.otherwise(behaviours.fixed(200, body[:-1], behaviours.TEXT))
        assert limited.execute("GET", "/x").data["body"] == body[:-1].decode()

    def test_an_endless_answer_is_cut_off(self, limited, upstream):
        def endless(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not exchange.request.connection.closed.is_set():
                exchange.send(b"1000\r\n" + b"e" * 4096 + b"\r\n")
            exchange.hang_up()

        upstream.otherwise(endless)
        assert_failed(limited.execute("GET", "/x"), "RESPONSE_TOO_LARGE")
        assert upstream.only_request.connection.closed.wait(5)

    @pytest.mark.parametrize("behaviour", [behaviours.hang, behaviours.answer_then_hang], ids=["no answer", "half"])
    def test_silence_times_out(self, limited, upstream, behaviour):
        upstream.otherwise(behaviour)
        assert_failed(limited.execute("GET", "/x"), "TIMED_OUT")
        assert upstream.only_request.connection.closed.wait(5), "the connection must be given up too"

    def test_the_total_time_is_limited_even_when_bytes_trickle(self, limited, upstream):
        def trickle(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            closed = exchange.request.connection.closed
            while not closed.wait(0.05):
                exchange.send(b"t")
            exchange.hang_up()

        upstream.otherwise(trickle)
        assert_failed(limited.execute("GET", "/x"), "TIMED_OUT")

    def test_huge_response_headers_are_an_error(self, server, upstream):
        upstream.otherwise(behaviours.fixed(200, b"x", {f"X-H-{n}": "v" * 1000 for n in range(2000)}))
        assert server.execute("GET", "/x").is_error
        upstream.otherwise(behaviours.answer_ok)
        assert not server.execute("GET", "/y").is_error


class TestAddresses:
    def test_a_self_signed_certificate_is_refused(self, home):
        upstream = Upstream(tls=self_signed_context())
        home.configure(one_api(upstream.base_url))
        assert_failed(home.serve().execute("GET", "/x"), "TLS_FAILED")
        upstream.wait_for_tls_failure()
        assert upstream.requests == []
        upstream.close()

    def test_https_to_a_plain_server_sends_nothing_readable(self, home, upstream, api_key):
        config = one_api(upstream.base_url.replace("http:", "https:"))
        config["services"]["api"]["limits"] = {"connectTimeoutMs": 500}
        home.configure(config)
        assert home.serve().execute("GET", "/x").is_error
        assert api_key.encode() not in upstream.wire and b"GET" not in upstream.wire

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.example.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://2130706433",
            "http://0x7f000001",
            "http://127.1",
            "http://0177.0.0.1",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "127.0.0.1:8080",
            "//127.0.0.1:8080",
            "http://",
            "http://user:pw@127.0.0.1",
            "http://127.0.0.1/?a=b",
            "http://127.0.0.1/#f",
            "http://127.0.0.1/a/../b",
            "http://127.0.0.1:99999",
            "http://127.0.0.1\\@evil.example",
            "",
        ],
    )
    def test_a_base_url_that_must_not_be_used_does_not_load(self, home, url):
        home.configure(one_api(url))
        done = home.run("config", "validate", "--json").expect(1)
        errors = [problem for problem in done.json["problems"] if problem["severity"] == "error"]
        assert {problem["field"] for problem in errors} == {"services.api.baseUrl"}
        assert "pw" not in done.output
        assert home.serve().stop() != 0

    def test_plaintext_may_be_allowed_explicitly(self, home):
        config = one_api("http://api.example.com")
        config["services"]["api"]["network"] = {"allowPlaintext": True}
        home.configure(config)
        assert home.run("config", "validate", "--json").expect(0).json["ok"] is True

    PRIVATE = ["10.7.7.7", "172.20.0.7", "192.168.7.7", "100.64.7.7"]
    METADATA = ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192"]

    @pytest.mark.parametrize("address", PRIVATE)
    def test_private_addresses_do_not_load_without_permission(self, home, address):
        for network in ({"allowPlaintext": True}, {"allow": ["10.99.0.0/16"], "allowPlaintext": True}):
            config = one_api(f"http://{address}")
            config["services"]["api"]["network"] = network
            home.configure(config)
            (problem,) = home.run("config", "validate", "--json").expect(1).json["problems"]
            assert problem["field"] == "services.api.baseUrl"
            assert f"{address}/32" in problem["message"] + problem.get("hint", "")

    @pytest.mark.parametrize("address", METADATA)
    def test_metadata_addresses_do_not_load_whatever_is_allowed(self, home, address):
        config = one_api(f"http://{address}")
        config["services"]["api"]["network"] = {"allow": ["0.0.0.0/0"], "allowPlaintext": True}
        home.configure(config)
        problems = home.run("config", "validate", "--json").expect(1).json["problems"]
        assert "services.api.baseUrl" in {problem["field"] for problem in problems}

    @pytest.mark.parametrize("host", ["{address}", "api.example"], ids=["literal", "name"])
    @pytest.mark.parametrize("address", ["10.7.7.7", "100.64.7.7"])
    def test_private_addresses_with_permission(self, home, address, host):
        report = call_in_namespace(home, address, host, {"allow": [f"{address}/32"], "allowPlaintext": True})
        assert (report["isError"], report["answer"].get("status"), report["requests"]) == (False, 200, 1), report

    @pytest.mark.parametrize("address", ["10.7.7.7", "100.64.7.7", "169.254.169.254", "168.63.129.16", "127.0.0.1"])
    def test_names_that_resolve_to_forbidden_addresses(self, home, address):
        allow = ["0.0.0.0/0"] if address in self.METADATA else ["10.99.0.0/16"]
        report = call_in_namespace(home, address, "api.example", {"allow": allow, "allowPlaintext": True})
        assert report["isError"] and report["answer"]["code"] == "ADDRESS_REFUSED", report
        assert report["bytes"] == 0, report


def call_in_namespace(home, address: str, host: str, network: dict) -> dict:
    """One call in new namespaces where the address is on the loopback interface and `api.example` names it."""
    unshare = [shutil.which("unshare") or "unshare", "--net", "--mount"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        unshare.append("--map-root-user")
        if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
            pytest.skip("network namespaces are not available")
    module = [sys.executable, "-m", "support.private_network"]
    done = subprocess.run(
        [*unshare, *module, str(home.binary), str(home.root), address, host, json.dumps(network)],
        capture_output=True,
        cwd=Path(__file__).parent,
        timeout=PATIENCE * 2,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


class TestWithNginx:
    @pytest.fixture
    def server(self, home, nginx):
        """A server in front of nginx."""
        home.configure(one_api(nginx.base_url))
        return home.serve()

    def test_many_sequential_calls(self, server, nginx):
        nginx.put("hello.txt", b"hello from nginx")
        for number in range(100):
            answer = server.execute("GET", f"/hello.txt?n={number}").data
            assert (answer["status"], answer["body"]) == (200, "hello from nginx")
        nginx.close()
        assert nginx.request_lines == [f"GET /hello.txt?n={number} HTTP/1.1" for number in range(100)]

    def test_compressed_json(self, server, nginx):
        document = json.dumps({"items": list(range(5000))})
        nginx.put("data.json", document.encode())
        answer = server.execute("GET", "/data.json").data
        assert answer["body"] == document
        assert answer["headers"]["content-type"] == "application/json"

    def test_large_binary_file(self, server, nginx):
        content = random.Random(7).randbytes(5 * KIBI * KIBI)
        nginx.put("file.bin", content)
        answer = server.execute("GET", "/file.bin").data
        assert base64.b64decode(answer["body"]) == content

    def test_ranges_and_conditions(self, home, nginx):
        config = one_api(nginx.base_url)
        config["services"]["api"]["allowHeaders"] = ["Range"]
        home.configure(config)
        server = home.serve()
        nginx.put("hello.txt", b"hello from nginx")
        part = server.execute("GET", "/hello.txt", headers={"Range": "bytes=0-4"}).data
        assert (part["status"], part["body"]) == (206, "hello")
        entity = server.execute("HEAD", "/hello.txt").data["headers"]["etag"]
        assert server.execute("GET", "/hello.txt", headers={"If-None-Match": entity}).data["status"] == 304

    def test_echo_denial_and_redirect_are_scrubbed(self, server, nginx, api_key):
        assert server.execute("GET", "/echo").data["body"] == "Bearer [REDACTED]"
        denied = server.execute("GET", "/denied").data
        assert (denied["status"], denied["body"]) == (401, "bad token: Bearer [REDACTED]")
        away = server.execute("GET", "/away").data
        assert (away["status"], away["headers"]["location"].rstrip("/")) == (307, "https://elsewhere.example")
        assert api_key.encode() not in server.stdout

    def test_canonical_path_as_nginx_reads_it(self, server, nginx):
        assert server.execute("GET", "/%75ri?a=%2f..").data["body"] == "/uri?a=%2F.."

    def test_missing_files_and_methods(self, server, nginx):
        assert server.execute("GET", "/none").data["status"] == 404
        nginx.put("hello.txt", b"x")
        assert server.execute("PUT", "/hello.txt", body="y").data["status"] == 405
