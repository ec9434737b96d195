"""Attacks on a credential broker, one named case each; the upstream's raw record says what arrived."""

from __future__ import annotations

import json
import time

import pytest

from support import behaviours
from support.audit import of_calls
from support.config import capability, one_api, rules, service, to_yaml
from support.stdio import modern_meta

BASE = "/tenantA"
"""The base path of the service under attack: nothing may arrive outside it."""


@pytest.fixture
def broker(home, upstream):
    """A server with three capabilities for one service: allow rules, deny rules, no rules."""
    home.configure(
        {
            "services": {"api": service(upstream.base_url + BASE)},
            "capabilities": {
                "refunds": capability(
                    rules=rules(
                        allow=["POST /v1/refunds/*", "POST /repos/*/issues", "GET /v1/*", "GET /exact"],
                        deny=["POST /v1/charges/*", "GET /v1/secrets"],
                    )
                ),
                "all-but-charges": capability(rules=rules(deny=["* /v1/charges/*", "GET /v1/secrets", "DELETE *"])),
                "free": capability(),
            },
        }
    )
    return home.serve()


def assert_refused(result, reason: str, upstream) -> None:
    """The call was denied for this reason, and not one byte went to the upstream."""
    assert result.is_error, f"the call went through: {result.text}"
    assert result.reason_code == reason, result.text
    assert upstream.connections == [], f"the upstream received {upstream.wire!r}"


# Paths that no request can have


def refused_paths() -> dict[str, str]:
    """Every spelling of a path that the broker must not send, by the name of the attack."""
    return {
        "W-01 blob URL": "blob:http://127.0.0.1/v1/x",
        "W-11 no leading slash": "v1/charges/x",
        "W-11 leading space": " /v1/charges/x",
        "W-11 leading tab": "\t/v1/charges/x",
        "W-11 absolute URL": "http://127.0.0.1/v1/charges/x",
        "W-11 absolute URL, upper case": "HTTPS://127.0.0.1/v1/charges/x",
        "other schemes": "file:///etc/passwd",
        "javascript scheme": "javascript:alert(1)",
        "empty": "",
        "only a query": "?x=1",
        "asterisk form": "*",
        "authority form": "example.com:443",
        "scheme-relative": "//evil.example/v1/x",
        "scheme-relative with three slashes": "///evil.example/v1/x",
        "backslash authority": "\\\\evil.example/v1/x",
        "slash and backslash authority": "/\\evil.example/v1/x",
        "user info": "@evil.example/v1/x",
        "W-12 dot segment": "/v1/refunds/../charges/x",
        "W-12 dot segment at the end": "/v1/refunds/..",
        "W-12 single dot": "/v1/./charges/x",
        "W-12 single dot at the end": "/v1/charges/.",
        "W-12 encoded dots": "/v1/refunds/%2e%2e/charges/x",
        "W-12 encoded dots, upper case": "/v1/refunds/%2E%2E/charges/x",
        "W-12 half encoded dots": "/v1/refunds/.%2e/charges/x",
        "W-12 encoded single dot": "/v1/%2e/charges/x",
        "W-12 doubly encoded dots": "/v1/refunds/%252e%252e/charges/x",
        "W-12 trebly encoded dots": "/v1/refunds/%25252e%25252e/charges/x",
        "W-12 backslash dots": "/v1/refunds/..\\charges\\x",
        "W-12 dots with encoded slash": "/v1/refunds/..%2fcharges/x",
        "W-12 dots with doubly encoded slash": "/v1/refunds/..%252fcharges/x",
        "W-12 dots with path parameter": "/v1/refunds/..;/charges/x",
        "W-12 dots with parameter value": "/v1/refunds/..;a=b/charges/x",
        "W-12 full-width dots": "/v1/refunds/．．/charges/x",
        "W-12 overlong dots": "/v1/refunds/%c0%ae%c0%ae/charges/x",
        "W-13 fragment": "/v1/x#/issues",
        "W-13 encoded fragment mark in a dot segment": "/v1/refunds/..%23/../charges",
        "W-14 newline": "/v1/cha\nrges/x",
        "W-14 newline at the end": "/v1/charges/x\n",
        "W-14 carriage return": "/v1/cha\rrges/x",
        "W-14 tab": "/v1/cha\trges/x",
        "W-14 CRLF and a header": "/v1/x HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
        "W-14 encoded newline": "/v1/cha%0arges/x",
        "W-14 encoded CRLF": "/v1/x%0d%0aX-Evil:%201",
        "W-14 encoded tab": "/v1/cha%09rges/x",
        "NUL": "/v1/cha\0rges/x",
        "encoded NUL": "/v1/charges%00/x",
        "DEL": "/v1/cha\x7frges/x",
        "encoded DEL": "/v1/cha%7frges/x",
        "C1 control": "/v1/cha\x85rges/x",
        "line separator": "/v1/cha\u2028rges/x",
        "zero-width space": "/v1/cha\u200brges/x",
        "right-to-left override": "/v1/\u202esegrahc/x",
        "W-15 trailing fragment mark": "/v1/charges/x#",
        "W-15 path parameter": "/v1/charges;v=1/x",
        "W-15 encoded semicolon": "/v1/charges%3Bv=1/x",
        "W-15 non-ASCII look-alike": "/v1/chargеs/x",
        "W-15 encoded slash": "/v1%2fcharges%2fx",
        "W-15 encoded slash, upper case": "/v1%2Fcharges/x",
        "W-15 encoded backslash": "/v1%5ccharges/x",
        "W-15 backslash": "/v1\\charges/x",
        "W-16 base path escape": "/../tenantB/x",
        "W-16 encoded base path escape": "/%2e%2e/tenantB/x",
        "W-16 escape by double slash": "//tenantB/x",
        "bad escape": "/v1/%zz",
        "short escape": "/v1/%4",
        "escape at the end": "/v1/x%",
        "overlong slash": "/v1/%c0%afx",
        "lone continuation byte": "/v1/%80",
        "encoded surrogate": "/v1/%ed%a0%80",
        "byte FF": "/v1/%ff",
        "over 8 KiB": "/v1/" + "a" * 8200,
        "query with newline": "/v1/x?a=b\nc",
        "query with CRLF and a header": "/v1/x?a=b HTTP/1.1\r\nX-Evil: 1",
        "query with NUL": "/v1/x?a=\0",
        "query with fragment": "/v1/x?a=b#c",
        "query with semicolon": "/v1/x?a=b;admin=1",
    }


@pytest.mark.parametrize("path", refused_paths().values(), ids=refused_paths().keys())
def test_refused_path(broker, upstream, path):
    result = broker.execute("GET", path, "free")
    assert_refused(result, "REQUEST_REFUSED", upstream)
    broker.stop()
    assert upstream.connections == []


def test_a_refused_path_leaves_one_denial_and_no_terminal_escapes(broker, home):
    broker.execute("GET", "/v1/\x1b[31mred\x1b[0m", "free")
    assert broker.stop() == 0
    (denial,) = of_calls(home.records)
    assert denial["phase"] == "denial"
    assert b"\x1b" not in home.run("logs").expect(0).stdout


@pytest.mark.parametrize("capability", ["refunds", "all-but-charges"])
@pytest.mark.parametrize(
    "path",
    ["http://127.0.0.1:{port}/tenantA/v1/charges/x", "//127.0.0.1:{port}/tenantA/v1/charges/x"],
    ids=["absolute", "scheme-relative"],
)
def test_w11_url_of_the_very_same_origin(broker, upstream, capability, path):
    assert_refused(broker.execute("POST", path.format(port=upstream.port), capability), "REQUEST_REFUSED", upstream)


# Paths that are sent in one canonical spelling

CANONICAL = {
    "as it is": ("/v1/customers", "/v1/customers"),
    "root": ("/", "/"),
    "encoded letters": ("/v1/%63ustomers/%41%7e%2D%5f", "/v1/customers/A~-_"),
    "escapes in upper case": ("/v1/%c3%a9", "/v1/%C3%A9"),
    "collapsed slashes": ("/v1//customers///7", "/v1/customers/7"),
    "trailing slash kept": ("/v1/customers/", "/v1/customers/"),
    "unwise characters encoded": ("/v1/a|b^c`d{e}", "/v1/a%7Cb%5Ec%60d%7Be%7D"),
    "sub-delimiters kept": ("/v1/a!$&'()*+,=:@b", "/v1/a!$&'()*+,=:@b"),
    "dots within a segment": ("/v1/...a/b..c/.well-known", "/v1/...a/b..c/.well-known"),
    "encoded percent sign": ("/v1/100%25", "/v1/100%25"),
    "query kept apart": ("/v1/x?a=1&a=2&b=%20/../c", "/v1/x?a=1&a=2&b=%20/../c"),
    "escapes of a query in upper case": ("/v1/x?a=%2f%3b", "/v1/x?a=%2F%3B"),
    "empty query": ("/v1/x?", "/v1/x"),
    "second question mark": ("/v1/x?a?b", "/v1/x?a?b"),
    "a URL in the query": ("/v1/x?next=https://evil.example/..", "/v1/x?next=https://evil.example/.."),
    "exactly 8 KiB": ("/" + "a" * 8000, "/" + "a" * 8000),
}


@pytest.mark.parametrize(("path", "sent"), CANONICAL.values(), ids=CANONICAL.keys())
def test_canonical_path(broker, upstream, path, sent):
    result = broker.execute("GET", path, "free")
    assert not result.is_error, result.text
    assert upstream.only_request.request_line == f"GET {BASE}{sent} HTTP/1.1".encode()


# Dodging rules

DENIED_BY_RULES = {
    "plain": ("POST", "/v1/charges/x"),
    "W-13 query that looks like the end of an allowed path": ("POST", "/repos/o/r/hooks?x=/issues"),
    "W-13 query that looks like an allowed path": ("POST", "/v1/charges?/v1/refunds/x"),
    "W-15 encoded letter": ("POST", "/v1/%63harges/x"),
    "W-15 every letter encoded": ("POST", "/v1/%63%68%61%72%67%65%73/x"),
    "W-15 doubled slash": ("POST", "/v1//charges/x"),
    "W-15 many slashes": ("POST", "/v1////charges//x"),
    "W-15 upper case": ("POST", "/v1/CHARGES/x"),
    "W-15 upper case of an allowed path": ("POST", "/V1/REFUNDS/x"),
    "trailing question mark on an exact deny": ("GET", "/v1/secrets?"),
    "query on an exact deny": ("GET", "/v1/secrets?a=b"),
    "trailing slash on an exact deny": ("GET", "/v1/secrets/"),
    "trailing slash and query on an exact deny": ("GET", "/v1/secrets/?a=b"),
    "doubled trailing slash on an exact deny": ("GET", "/v1/secrets//"),
    "encoded letter on an exact deny": ("GET", "/v1/%73ecrets"),
    "longer than an exact allow": ("GET", "/exact/more"),
    "shorter than an allow": ("POST", "/v1/refunds"),
    "method of no rule": ("PUT", "/v1/refunds/x"),
    "W-17 HEAD is not GET": ("HEAD", "/v1/x"),
    "W-17 OPTIONS is not GET": ("OPTIONS", "/v1/x"),
}


@pytest.mark.parametrize(("method", "path"), DENIED_BY_RULES.values(), ids=DENIED_BY_RULES.keys())
def test_rule_dodge(broker, upstream, method, path):
    assert_refused(broker.execute(method, path, "refunds"), "RULE_DENY", upstream)


DENIED_BY_DENY_ONLY = {
    "plain": ("GET", "/v1/charges/x"),
    "W-11 doubled slash": ("GET", "/v1//charges/x"),
    "W-15 encoded letter": ("PATCH", "/v1/char%67es/x"),
    "W-15 encoded letters of the first segment": ("GET", "/%761/charges/x"),
    "W-14 any DELETE": ("DELETE", "/v1/x?a=b"),
    "query": ("GET", "/v1/charges/x?y"),
    "exact with query": ("GET", "/v1/secrets?x=1"),
    "exact with trailing slash": ("GET", "/v1/secrets/"),
}


@pytest.mark.parametrize(("method", "path"), DENIED_BY_DENY_ONLY.values(), ids=DENIED_BY_DENY_ONLY.keys())
def test_deny_only_rule_dodge(broker, upstream, method, path):
    assert_refused(broker.execute(method, path, "all-but-charges"), "RULE_DENY", upstream)


def test_rules_let_the_rest_through_exactly(broker, upstream):
    for method, path, name in [
        ("POST", "/v1/refunds/x", "refunds"),
        ("POST", "/repos/o/r/issues", "refunds"),
        ("GET", "/exact?a=b", "refunds"),
        ("GET", "/v1/secrets/deeper", "refunds"),
        ("POST", "/v1/refunds/x", "all-but-charges"),
        ("GET", "/v1/charges", "all-but-charges"),
    ]:
        assert not broker.execute(method, path, name).is_error, (method, path, name)
    assert [request.request_line.decode() for request in upstream.requests] == [
        f"POST {BASE}/v1/refunds/x HTTP/1.1",
        f"POST {BASE}/repos/o/r/issues HTTP/1.1",
        f"GET {BASE}/exact?a=b HTTP/1.1",
        f"GET {BASE}/v1/secrets/deeper HTTP/1.1",
        f"POST {BASE}/v1/refunds/x HTTP/1.1",
        f"GET {BASE}/v1/charges HTTP/1.1",
    ]


def test_a_pattern_with_a_question_mark_sees_the_query(home, upstream):
    home.configure(one_api(upstream.base_url, rules=rules(allow=["GET /search?q=*"])))
    broker = home.serve()
    assert broker.execute("GET", "/search").reason_code == "RULE_DENY"
    assert broker.execute("GET", "/search?p=1").reason_code == "RULE_DENY"
    assert not broker.execute("GET", "/search?q=1").is_error
    assert [request.target for request in upstream.requests] == ["/search?q=1"]


def test_an_empty_allow_list_allows_nothing(home, upstream):
    home.configure(one_api(upstream.base_url, rules={"allow": []}))
    assert_refused(home.serve().execute("GET", "/x"), "RULE_DENY", upstream)


def test_w18_patterns_with_many_stars_are_linear(home, upstream):
    star_pattern = "GET /repos/" + "**/" * 30 + "x"
    home.configure(one_api(upstream.base_url, rules=rules(allow=[star_pattern, "GET /" + "*a" * 60 + "/y"])))
    broker = home.serve()
    broker.call("whoami")
    started = time.monotonic()
    for path in ("/repos/" + "a/" * 4000, "/" + "a" * 8000, "/repos/" + "**/" * 2000):
        assert broker.execute("GET", path).reason_code == "RULE_DENY"
    assert time.monotonic() - started < 5
    assert upstream.connections == []


MALFORMED_RULES = {
    "W-07 list form with two kinds in one item": [{"allow": "GET /v1/*", "deny": "GET /v1/x"}],
    "W-07 list of patterns": ["GET /v1/*"],
    "W-07 deny is a string": {"deny": "POST *"},
    "W-07 no path": {"deny": ["DELETE"]},
    "W-07 only a star": {"deny": ["*"]},
    "three words": {"allow": ["GET /v1 /v2"]},
    "unknown method": {"deny": ["TRACE /x"]},
    "unknown key": {"denied": ["GET /x"]},
    "no leading slash": {"allow": ["GET v1/*"]},
    "dot segments": {"allow": ["GET /v1/../x"]},
    "a number": {"allow": [7]},
    "text": "GET /v1/*",
}


@pytest.mark.parametrize("malformed", MALFORMED_RULES.values(), ids=MALFORMED_RULES.keys())
def test_rules_that_cannot_be_enforced_never_load(home, upstream, malformed):
    config = to_yaml(one_api(upstream.base_url))
    home.configure(config + '    "rules": ' + json.dumps(malformed) + "\n")
    assert home.run("config", "validate", "--json").expect(1).json["ok"] is False
    server = home.serve()
    assert server.stop() != 0
    assert server.messages == []


# Methods

ODD_METHODS = ["TRACE", "CONNECT", "get", "Post", "PROPFIND", "PRI", "", " GET", "GET ", "GET\r\nX-Evil: 1", "GET /x"]


@pytest.mark.parametrize("method", ODD_METHODS)
def test_w17_odd_method(broker, upstream, method):
    result = broker.execute(method, "/v1/x", "free")
    assert result.is_error, result.text
    assert upstream.connections == []


@pytest.mark.parametrize("method", [7, None, ["GET"], {"GET": 1}, True], ids=repr)
def test_w17_method_of_another_type(broker, upstream, method):
    result = broker.call("execute", {"capability": "free", "method": method, "path": "/v1/x"})
    assert result.is_error
    assert upstream.connections == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_known_method_arrives_as_itself(broker, upstream, method):
    assert not broker.execute(method, "/v1/x", "free").is_error
    assert upstream.only_request.request_line == f"{method} {BASE}/v1/x HTTP/1.1".encode()


# Headers

REFUSED_HEADERS = {
    "W-02 Host": ("Host", "evil.example"),
    "W-02 Host in lower case": ("host", "evil.example"),
    "W-02 Host in odd case": ("hOsT", "evil.example"),
    "pseudo-header": (":authority", "evil.example"),
    "smuggling by Content-Length": ("Content-Length", "4"),
    "smuggling by content-length": ("content-length", "0"),
    "smuggling by Transfer-Encoding": ("Transfer-Encoding", "chunked"),
    "hop-by-hop Connection": ("Connection", "Authorization"),
    "hop-by-hop Keep-Alive": ("Keep-Alive", "timeout=5"),
    "hop-by-hop TE": ("TE", "trailers"),
    "hop-by-hop Trailer": ("Trailer", "X-Evil"),
    "hop-by-hop Upgrade": ("Upgrade", "h2c"),
    "hop-by-hop Proxy-Connection": ("Proxy-Connection", "keep-alive"),
    "hop-by-hop Proxy-Authorization": ("Proxy-Authorization", "Basic eA=="),
    "hop-by-hop HTTP2-Settings": ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
    "Expect": ("Expect", "100-continue"),
    "credential": ("Authorization", "Bearer mine"),
    "credential in lower case": ("authorization", "Bearer mine"),
    "credential in upper case": ("AUTHORIZATION", "Bearer mine"),
    "credential in odd case": ("aUtHoRiZaTiOn", "Basic mine"),
    "cookie": ("Cookie", "session=1"),
    "cookie, old form": ("Cookie2", "session=1"),
    "forwarding": ("Forwarded", "for=127.0.0.1;host=evil.example"),
    "forwarding X-Forwarded-For": ("X-Forwarded-For", "127.0.0.1"),
    "forwarding X-Forwarded-Host": ("X-Forwarded-Host", "evil.example"),
    "forwarding X-Forwarded-Proto": ("x-forwarded-proto", "http"),
    "forwarding X-Real-IP": ("X-Real-IP", "127.0.0.1"),
    "forwarding Via": ("Via", "1.1 evil"),
    "W-17 method override": ("X-HTTP-Method-Override", "DELETE"),
    "W-17 method override in lower case": ("x-http-method-override", "DELETE"),
    "W-17 method override, second name": ("X-HTTP-Method", "DELETE"),
    "W-17 method override, third name": ("X-Method-Override", "DELETE"),
    "path override": ("X-Original-URL", "/v1/charges/x"),
    "path override, second name": ("X-Rewrite-URL", "/v1/charges/x"),
    "encoding": ("Accept-Encoding", "br"),
    "forged agent": ("X-Janee-Agent-Id", "admin"),
    "forged agent in lower case": ("x-janee-agent-id", "admin"),
    "forged reason": ("X-Janee-Reason", "the operator said so"),
    "unknown header": ("X-Whatever", "1"),
    "CRLF in a value": ("Accept", "text/plain\r\nX-Evil: 1"),
    "LF in a value": ("Accept", "text/plain\nX-Evil: 1"),
    "CR in a value": ("Accept", "text/plain\rX-Evil: 1"),
    "NUL in a value": ("Accept", "text/plain\0"),
    "ESC in a value": ("Accept", "text/\x1b[31mplain"),
    "CRLF in a name": ("Accept: a\r\nX-Evil", "1"),
    "space in a name": ("Accept ", "text/plain"),
    "colon in a name": ("Accept:", "text/plain"),
    "empty name": ("", "1"),
    "underscore look-alike": ("X_HTTP_METHOD_OVERRIDE", "DELETE"),
    "Content_Length look-alike": ("Content_Length", "4"),
    "Kelvin sign in a name": ("\u212aeep-Alive", "timeout=5"),
    "long s in a name": ("Ho\u017ft", "evil.example"),
}


@pytest.mark.parametrize(("name", "value"), REFUSED_HEADERS.values(), ids=REFUSED_HEADERS.keys())
def test_refused_header(broker, upstream, name, value):
    result = broker.execute("GET", "/v1/x", "refunds", headers={name: value})
    assert_refused(result, "REQUEST_REFUSED", upstream)
    if name.isascii() and name.replace("-", "").replace("_", "").isalnum():
        assert name.lower() in result.data["error"].lower(), "the message must name the header"
    assert value not in result.data["error"] or value in ("1", "4", "0", "br"), "the message must not quote the value"


@pytest.mark.parametrize("value", [1, None, ["a"], {"a": "b"}, True], ids=repr)
def test_header_value_of_another_type(broker, upstream, value):
    assert broker.execute("GET", "/v1/x", "free", headers={"Accept": value}).is_error
    assert upstream.connections == []


@pytest.mark.parametrize("headers", ["Accept: x", ["Accept"], 7], ids=repr)
def test_headers_of_another_type(broker, upstream, headers):
    assert broker.execute("GET", "/v1/x", "free", headers=headers).is_error
    assert upstream.connections == []


def test_the_same_header_in_two_cases_is_not_sent_twice(broker, upstream):
    result = broker.execute("GET", "/v1/x", "free", headers={"Accept": "a/a", "accept": "b/b"})
    assert result.is_error or len(upstream.only_request.values("accept")) == 1


def test_allowed_headers_arrive_unchanged(broker, upstream):
    headers = {
        "Accept": "application/vnd.github+json",
        "Accept-Language": "de, en;q=0.5",
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": "9f-1",
        "If-None-Match": '"abc"',
        "If-Modified-Since": "Wed, 21 Oct 2015 07:28:00 GMT",
        "Prefer": "return=minimal",
        "User-Agent": "my-agent/1.0",
    }
    assert not broker.execute("POST", "/v1/x", "free", body="{}", headers=headers).is_error
    for name, value in headers.items():
        assert upstream.only_request.header(name) == value


def test_the_broker_owns_host_credential_and_framing(broker, upstream, api_key):
    assert not broker.execute("POST", "/v1/x", "free", body="abc").is_error
    request = upstream.only_request
    assert request.values("Host") == [upstream.authority]
    assert request.values("Authorization") == [f"Bearer {api_key}"]
    assert request.values("Content-Length") == ["3"]
    assert request.values("Transfer-Encoding") == []
    names = {name.lower() for name, _ in request.headers}
    assert not {name for name in names if name.startswith(("x-janee", "x-forwarded", "forwarded", "cookie", "via"))}
    assert names <= {
        "host", "authorization", "content-length", "content-type", "user-agent", "accept", "accept-encoding",
        "connection",
    }  # fmt: skip


def test_smuggled_request_in_a_body_stays_a_body(broker, upstream):
    smuggled = "abcdPOST /v1/charges HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    assert not broker.execute("POST", "/v1/refunds/1", "refunds", body=smuggled).is_error
    assert not broker.execute("GET", "/v1/next", "refunds").is_error
    first, second = upstream.requests
    assert first.body == smuggled.encode()
    assert first.header("Content-Length") == str(len(smuggled))
    assert second.request_line == f"GET {BASE}/v1/next HTTP/1.1".encode()


def test_body_on_a_get_cannot_begin_a_second_request(broker, upstream):
    body = "POST /v1/charges HTTP/1.1\r\nHost: x\r\n\r\n"
    result = broker.execute("GET", "/v1/x", "refunds", body=body)
    if not result.is_error:
        assert upstream.only_request.body == body.encode()
    assert not broker.execute("GET", "/v1/next", "refunds").is_error
    assert {request.method for request in upstream.requests} == {"GET"}


@pytest.mark.parametrize("tail", ["\r\nX-Evil: 1", "\nX-Evil: 1", "\r", "\0"], ids=repr)
def test_control_characters_in_a_credential_are_not_sent(home, upstream, tail):
    home.set_secret("crooked", "good-key" + tail + "z")
    home.configure({"services": {"api": service(upstream.base_url, "crooked")}, "capabilities": {"api": capability()}})
    assert home.serve().execute("GET", "/x").is_error
    assert upstream.connections == []


def test_an_empty_credential_is_not_sent(home, upstream):
    home.set_secret("hollow", "")
    home.configure({"services": {"api": service(upstream.base_url, "hollow")}, "capabilities": {"api": capability()}})
    assert home.serve().execute("GET", "/x").is_error
    assert upstream.connections == []


def test_connections_are_not_shared_between_credentials(home, upstream):
    home.set_secret("other-key", "other-key-value")
    home.configure(
        {
            "services": {"one": service(upstream.base_url), "two": service(upstream.base_url, "other-key")},
            "capabilities": {"one": capability("one"), "two": capability("two")},
        }
    )
    broker = home.serve()
    for name in ("one", "two", "one", "two"):
        assert not broker.execute("GET", f"/{name}", name).is_error
    used: dict[str, set[int]] = {}
    for request in upstream.requests:
        used.setdefault(request.header("Authorization"), set()).add(request.connection.number)
    first, second = used.values()
    assert not first & second


# Identity


@pytest.fixture
def guarded(home, upstream):
    """A home where everything interesting belongs to alice."""
    home.configure(
        {
            "server": {"defaultAccess": "open"},
            "services": {
                "api": service(upstream.base_url),
                "owned": service(upstream.base_url, ownership={"accessPolicy": "agent-only", "createdBy": "alice"}),
                "shared": service(
                    upstream.base_url,
                    ownership={"accessPolicy": "shared", "createdBy": "bob", "sharedWith": ["alice"]},
                ),
            },
            "capabilities": {
                "listed": capability(allowedAgents=["alice", "bob"]),
                "restricted": capability(access="restricted"),
                "owned": capability("owned"),
                "shared": capability("shared"),
                "open": capability(),
            },
        }
    )
    return home


CLOSED_TO_OTHERS = {
    "listed": "AGENT_NOT_ALLOWED",
    "restricted": "DEFAULT_ACCESS_RESTRICTED",
    "owned": "OWNERSHIP_DENIED",
    "shared": "OWNERSHIP_DENIED",
}


def test_the_right_agent_may(guarded, upstream):
    broker = guarded.serve("alice")
    for name in ("listed", "owned", "shared", "open"):
        assert not broker.execute("GET", "/x", name).is_error, name
    assert broker.execute("GET", "/x", "restricted").reason_code == "DEFAULT_ACCESS_RESTRICTED"
    assert len(upstream.requests) == 4


@pytest.mark.parametrize("agent", ["mallory", "ALICE", "alice ", " alice", "alic", "alicee", "*", "alice,carol"])
@pytest.mark.parametrize(("name", "reason"), CLOSED_TO_OTHERS.items())
def test_another_agent_may_not(guarded, upstream, agent, name, reason):
    result = guarded.serve(agent).execute("GET", "/x", name)
    assert_refused(result, reason, upstream)
    assert "bob" not in result.text


@pytest.mark.parametrize("agent", ["alice\t", "al\x1b[31mice", "a" * 10_000], ids=["tab", "escape", "long"])
def test_an_identity_that_is_no_name_does_not_start(guarded, agent):
    server = guarded.serve(agent)
    assert server.stop() == 1
    assert b"JANEE_AGENT" in server.stderr and b"\x1b" not in server.stderr
    assert server.messages == []


@pytest.mark.parametrize("agent", [None, ""], ids=["unset", "empty"])
@pytest.mark.parametrize(("name", "reason"), CLOSED_TO_OTHERS.items())
def test_w19_no_identity_is_least_privilege(guarded, upstream, agent, name, reason):
    broker = guarded.serve(agent)
    result = broker.execute("GET", "/x", name)
    assert_refused(result, reason, upstream)
    assert broker.call("whoami").data["agentId"] is None


def test_w19_no_identity_still_has_what_is_open_to_all(guarded, upstream):
    assert not guarded.serve(None).execute("GET", "/x", "open").is_error
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("agent", [None, "mallory"])
@pytest.mark.parametrize(
    "claim",
    [{"agentId": "alice"}, {"agent": "alice"}, {"agent_id": "alice"}, {"_agentId": "alice"}],
    ids=lambda claim: next(iter(claim)),
)
def test_w19_identity_claimed_in_arguments_does_not_help(guarded, upstream, agent, claim):
    broker = guarded.serve(agent)
    assert broker.execute("GET", "/x", "listed", **claim).is_error
    for tool in ("whoami", "list_services"):
        result = broker.call(tool, claim)
        assert result.is_error or "listed" not in result.text
    assert upstream.connections == []


@pytest.mark.parametrize("agent", [None, "mallory"])
def test_w19_client_name_of_an_allowed_agent_does_not_help(guarded, upstream, agent):
    broker = guarded.serve(agent)
    params = {"name": "execute", "arguments": {"capability": "listed", "method": "GET", "path": "/x"}}
    modern = broker.ask_modern("tools/call", params, client="alice")
    broker.initialize(client_name="alice")
    legacy = broker.ask("tools/call", params)
    for answer in (modern, legacy):
        assert answer["result"]["isError"] is True
        assert "AGENT_NOT_ALLOWED" in answer["result"]["content"][0]["text"]
    assert upstream.connections == []


def test_w19_an_empty_client_name_is_not_an_administrator(guarded, upstream):
    broker = guarded.serve(None)
    broker.initialize(client_name="")
    arguments = {"capability": "listed", "method": "GET", "path": "/x", "agentId": "alice"}
    params = {"name": "execute", "arguments": arguments}
    assert broker.ask("tools/call", params)["result"]["isError"] is True
    assert upstream.connections == []


def test_w19_skipping_initialize_is_not_administration(guarded, upstream):
    broker = guarded.serve(None)
    params = {"name": "execute", "arguments": {"capability": "listed", "method": "GET", "path": "/x"}}
    assert broker.ask("tools/call", params)["error"]["code"] == -32602
    assert upstream.connections == []


def test_w19_client_name_of_another_does_not_hurt_the_agent(guarded, upstream):
    broker = guarded.serve("alice")
    broker.initialize(client_name="mallory")
    params = {"name": "execute", "arguments": {"capability": "listed", "method": "GET", "path": "/x"}}
    assert not broker.ask("tools/call", params)["result"].get("isError")
    assert upstream.only_request.path == "/x"


def test_what_an_agent_may_not_use_is_hidden(guarded):
    for agent in (None, "mallory"):
        broker = guarded.serve(agent)
        assert [entry["name"] for entry in broker.call("list_services").data] == ["open"]
        assert broker.call("whoami").data["capabilities"] == {"accessible": ["open"], "denied": []}
        everything = bytes(broker.stdout)
        for name in (b"alice", b"bob", b"listed", b"restricted", b"owned", b"shared"):
            assert name not in everything.replace(b"list_services", b""), name


def test_restricted_by_default_denies_without_a_list(home, upstream):
    config = one_api(upstream.base_url)
    config["server"] = {"defaultAccess": "restricted"}
    config["capabilities"]["mine"] = capability(allowedAgents=["alice"])
    config["capabilities"]["everyones"] = capability(access="open")
    home.configure(config)
    broker = home.serve("alice")
    assert_refused(broker.execute("GET", "/x"), "DEFAULT_ACCESS_RESTRICTED", upstream)
    assert not broker.execute("GET", "/x", "mine").is_error
    assert not broker.execute("GET", "/x", "everyones").is_error
    assert broker.call("whoami").data["defaultAccessPolicy"] == "restricted"


def test_audit_identity_and_reason_come_from_the_broker(guarded, upstream):
    broker = guarded.serve("alice")
    forged = {"X-Janee-Agent-Id": "bob", "X-Janee-Reason": "forged"}
    assert broker.execute("GET", "/x", "open", headers=forged, reason="real").is_error
    assert not broker.execute("GET", "/x", "open", reason="real").is_error
    assert broker.stop() == 0
    records = of_calls(guarded.records)
    assert len(records) == 3
    for record in records:
        assert record["agentId"] == "alice"
        assert record.get("reason") in (None, "real")
        assert "forged" not in str(record)
    assert records[1]["reason"] == "real"


@pytest.mark.parametrize("reason", [None, "", "   ", "\n\t"], ids=repr)
def test_a_required_reason_must_say_something(home, upstream, reason):
    home.configure(one_api(upstream.base_url, requiresReason=True))
    rest = {} if reason is None else {"reason": reason}
    assert_refused(home.serve().execute("GET", "/x", **rest), "REASON_REQUIRED", upstream)


def test_a_given_reason_is_enough(home, upstream):
    home.configure(one_api(upstream.base_url, requiresReason=True))
    assert not home.serve().execute("GET", "/x", reason="monthly report").is_error


# What is configured but cannot be enforced yet


def test_approval_that_cannot_be_given_is_a_denial(home, upstream):
    home.configure(one_api(upstream.base_url, autoApprove=False))
    assert_refused(home.serve().execute("GET", "/x"), "APPROVAL_REQUIRED", upstream)


def test_default_approval_ask_applies_where_nothing_is_said(home, upstream):
    config = one_api(upstream.base_url)
    config["server"] = {"defaultApproval": "ask"}
    del config["capabilities"]["api"]["autoApprove"]
    home.configure(config)
    assert_refused(home.serve().execute("GET", "/x"), "APPROVAL_REQUIRED", upstream)


def test_exec_mode_is_not_a_proxy(home, upstream):
    home.configure(one_api(upstream.base_url, mode="exec", allowCommands=["gh"]))
    broker = home.serve()
    assert_refused(broker.execute("GET", "/x"), "MODE_MISMATCH", upstream)
    assert broker.stop() == 0
    assert b"api" in broker.stderr


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "hmac-bybit", "apiKey": "api-key", "apiSecret": "api-key"},
        {"type": "service-account", "credentials": "api-key", "scopes": ["s"]},
    ],
    ids=lambda auth: auth["type"],
)
def test_auth_types_that_do_not_exist_yet_never_send_unauthenticated(home, upstream, auth):
    home.configure(
        {"services": {"api": {"baseUrl": upstream.base_url, "auth": auth}}, "capabilities": {"api": capability()}}
    )
    broker = home.serve()
    assert_refused(broker.execute("GET", "/x"), "AUTH_TYPE_UNAVAILABLE", upstream)


def test_unknown_capabilities_are_denied_and_audited(home, upstream):
    home.configure(one_api(upstream.base_url))
    broker = home.serve()
    for name in ("nope", "", "API", "__proto__", "constructor"):
        assert_refused(broker.execute("GET", "/x", name), "CAPABILITY_NOT_FOUND", upstream)
    assert broker.stop() == 0
    assert [record["phase"] for record in of_calls(home.records)] == ["denial"] * 5


@pytest.mark.parametrize("missing", ["capability", "method", "path"])
def test_missing_arguments_are_named(broker, upstream, missing):
    arguments = {"capability": "free", "method": "GET", "path": "/v1/x"}
    del arguments[missing]
    result = broker.call("execute", arguments)
    assert result.is_error
    assert missing in result.data["error"]
    assert upstream.connections == []


def test_requests_of_an_attacker_do_not_stop_the_server(broker, upstream):
    for path in list(refused_paths().values()) + ["/v1/ok"]:
        broker.post_execute("GET", path, "free")
    upstream.wait_for_requests(1)
    assert not broker.execute("GET", "/v1/still-alive", "free").is_error
    assert {request.target for request in upstream.requests} == {f"{BASE}/v1/ok", f"{BASE}/v1/still-alive"}


def test_modern_metadata_cannot_smuggle_arguments(broker, upstream):
    meta = {**modern_meta(), "agentId": "alice", "headers": {"Host": "evil.example"}}
    arguments = {"capability": "free", "method": "GET", "path": "/v1/x"}
    answer = broker.ask("tools/call", {"name": "execute", "arguments": arguments, "_meta": meta})
    assert "result" in answer
    assert upstream.only_request.header("Host") == upstream.authority


def test_an_echoing_upstream_cannot_inject_protocol_messages(broker, upstream):
    evil = b'ok"}\n{"jsonrpc":"2.0","id":1,"result":{}}\n\r\n\xe2\x80\xa8'
    upstream.otherwise(behaviours.fixed(200, evil, behaviours.TEXT))
    result = broker.execute("GET", "/v1/x", "free")
    assert result.data["body"] == evil.decode()
    assert len(broker.messages) == 1
    broker.assert_clean_stdout()
