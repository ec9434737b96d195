"""The stdio transport without an SDK in between: framing, both eras, endings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

from support import behaviours
from support.audit import of_calls, pairs
from support.config import one_api
from support.stdio import LEGACY, META, MODERN, ToolResult, modern_meta
from support.upstream import PATIENCE

PROMPT_EXIT = 1.0
"""Seconds within which a server must end after its stdin has."""

OVERSIZED = 64 * 1024 * 1024
"""Bytes in a line that no server has to accept."""


@pytest.fixture
def server(home, upstream):
    """A server for one upstream; whatever the test does, its stdout stays JSON-RPC."""
    home.configure(one_api(upstream.base_url))
    server = home.serve()
    yield server
    server.dispose()
    server.assert_clean_stdout()


def line(message: object) -> bytes:
    """A message as it goes over the pipe."""
    return json.dumps(message).encode() + b"\n"


def call_message(id: object, path: str = "/x") -> dict:
    """A modern `execute` call."""
    arguments = {"capability": "api", "method": "GET", "path": path}
    params = {"name": "execute", "arguments": arguments, "_meta": modern_meta()}
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}


class TestFraming:
    @pytest.mark.parametrize(
        ("garbage", "code"),
        [
            (b"{not json}", -32700),
            (b'{"jsonrpc":"2.0","id":91,"method":"ping"', -32700),
            (b'{"jsonrpc":"2.0","id":91,"method":"\xff\xfe"}', -32700),
            (b"\x00\x01\x02", -32700),
            (b"[" * 100_000, -32700),
            (b"42", -32600),
            (b'"text"', -32600),
            (b"null", -32600),
            (b'{"id":91,"method":"tools/list"}', -32600),
            (b'{"jsonrpc":"1.0","id":91,"method":"tools/list"}', -32600),
            (b'{"jsonrpc":"2.0","id":null,"method":"tools/list"}', -32600),
            (b'{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}', -32600),
            (b'{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}', -32600),
            (b'{"jsonrpc":"2.0","id":91,"method":7}', -32600),
        ],
    )
    def test_a_malformed_line_is_answered_and_survived(self, server, garbage, code):
        server.send_bytes(garbage + b"\n")
        error = server.wait_for_message(lambda m: "error" in m)
        assert error["error"]["code"] == code
        assert "result" in server.ask_modern("tools/list")
        assert len(server.messages) == 2

    def test_duplicate_keys_are_refused(self, server, upstream):
        text = line(call_message(9)).replace(b'"path": "/x"', b'"path": "/x", "path": "/y"')
        server.send_bytes(text)
        message = server.wait_for_message(lambda m: True)
        assert "error" in message or message["result"]["isError"]
        assert "result" in server.ask_modern("tools/list")
        assert upstream.connections == []

    def test_an_oversized_line_is_refused_and_survived(self, server, upstream):
        server.send_bytes(b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"')
        block = b"a" * (1024 * 1024)
        for _ in range(OVERSIZED // len(block)):
            server.send_bytes(block)
        server.send_bytes(b'"}}\n')
        error = server.wait_for_message(lambda m: "error" in m, 60)
        assert error["error"]["code"] in (-32700, -32600)
        assert server.execute(path="/after").data["status"] == 200
        assert upstream.only_request.path == "/after"

    def test_a_batch_is_refused_as_a_whole(self, server, upstream):
        server.send([call_message(1), call_message(2)])
        error = server.wait_for_message(lambda m: True)
        assert error["error"]["code"] == -32600
        assert "result" in server.ask_modern("tools/list")
        assert len(server.messages) == 2
        assert upstream.connections == []

    def test_an_empty_batch_is_refused(self, server):
        server.send([])
        assert server.wait_for_message(lambda m: True)["error"]["code"] == -32600

    def test_writes_may_be_split_anywhere(self, server):
        text = line(call_message("split-é", "/%C3%A9"))
        for start in range(0, len(text), 7):
            server.send_bytes(text[start : start + 7])
        for byte in line({"jsonrpc": "2.0", "id": "ü", "method": "tools/list", "params": {"_meta": modern_meta()}}):
            server.send_bytes(bytes([byte]))
        assert ToolResult(server.response("split-é")).data["status"] == 200
        assert "result" in server.response("ü")

    def test_raw_utf8_may_be_split_within_a_character(self, server):
        text = json.dumps(call_message("é🔑"), ensure_ascii=False).encode() + b"\n"
        cut = text.index("🔑".encode()) + 2
        server.send_bytes(text[:cut])
        server.send_bytes(text[cut:])
        assert ToolResult(server.response("é🔑")).data["status"] == 200

    def test_several_lines_in_one_write(self, server):
        ids = list(range(100, 300))
        server.send_bytes(b"".join(line(call_message(id, f"/{id}")) for id in ids))
        for id in ids:
            assert ToolResult(server.response(id)).data["status"] == 200

    def test_carriage_returns_and_blank_lines_are_tolerated(self, server):
        server.send_bytes(b"\n\r\n  \n" + line(call_message(5)).replace(b"\n", b"\r\n") + b"\n")
        assert ToolResult(server.response(5)).data["status"] == 200
        assert len(server.messages) == 1

    def test_an_id_beyond_all_measure_is_refused(self, server):
        server.send(call_message("long" * 100_000))
        assert server.wait_for_message(lambda m: True)["error"]["code"] == -32600
        assert "result" in server.ask_modern("tools/list")

    @pytest.mark.parametrize("id", ["", "7", 0, -1, 2**53 + 1, "long" * 30, '\n"\\\u2028'])
    def test_ids_come_back_exactly(self, server, id):
        server.send(call_message(id))
        assert ToolResult(server.response(id)).data["status"] == 200


class TestProtocol:
    def test_unknown_methods_and_tools(self, server):
        for method in ("nonsense", "prompts/list", "resources/list", "completion/complete", "logging/setLevel"):
            assert server.ask_modern(method)["error"]["code"] == -32601, method
        assert server.ask_modern("tools/call", {"name": "nope", "arguments": {}})["error"]["code"] == -32602
        assert server.ask_modern("tools/call", {"arguments": {}})["error"]["code"] == -32602

    def test_notifications_are_never_answered(self, server):
        for method in ("notifications/initialized", "notifications/nonsense", "tools/list", "notifications/cancelled"):
            server.notify(method, {"requestId": 12345})
        assert "result" in server.ask_modern("tools/list")
        assert len(server.messages) == 1

    def test_modern_results_carry_type_and_cache_hints(self, server):
        discover = server.ask_modern("server/discover")["result"]
        assert discover["resultType"] == "complete"
        assert discover["supportedVersions"] == [MODERN]
        assert discover["capabilities"] == {"tools": {}}
        assert discover["_meta"][META + "serverInfo"]["name"] == "janee"
        tools = server.ask_modern("tools/list")["result"]
        assert tools["resultType"] == "complete"
        for result in (discover, tools):
            assert isinstance(result["ttlMs"], int) and result["ttlMs"] >= 0
            assert result["cacheScope"] in ("public", "private")
        assert server.call("whoami").result["resultType"] == "complete"

    def test_legacy_results_carry_neither(self, server):
        assert server.initialize()["result"]["protocolVersion"] == LEGACY
        tools = server.ask("tools/list")["result"]
        called = server.ask("tools/call", {"name": "whoami", "arguments": {}})["result"]
        for result in (tools, called):
            assert not {"resultType", "ttlMs", "cacheScope"} & set(result)
        assert server.ask("ping")["result"] == {}

    @pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
    def test_legacy_versions_are_negotiated(self, server, version):
        assert server.initialize(version)["result"]["protocolVersion"] == version
        assert "result" in server.ask("tools/list")

    @pytest.mark.parametrize("version", [MODERN, "1999-01-01", "nonsense"])
    def test_other_versions_of_initialize_get_the_newest_legacy_one(self, server, version):
        assert server.initialize(version)["result"]["protocolVersion"] == LEGACY

    def test_an_unsupported_modern_version_is_named(self, server):
        error = server.ask("tools/list", {"_meta": modern_meta(version="2099-01-01")})["error"]
        assert error["code"] == -32022
        assert error["data"] == {"supported": [MODERN], "requested": "2099-01-01"}

    def test_a_request_of_neither_era_is_told_both_ways(self, server, upstream):
        arguments = {"capability": "api", "method": "GET", "path": "/x"}
        for method, params in (("tools/list", {}), ("tools/call", {"name": "execute", "arguments": arguments})):
            error = server.ask(method, params)["error"]
            assert error["code"] == -32602
            assert "initialize" in error["message"]
            assert META + "protocolVersion" in error["message"] or "server/discover" in error["message"]
        assert upstream.connections == []

    def test_meta_without_capabilities_is_incomplete(self, server):
        error = server.ask("tools/list", {"_meta": {META + "protocolVersion": MODERN}})["error"]
        assert error["code"] == -32602

    def test_both_eras_share_one_process(self, server, upstream):
        assert "resultType" in server.ask_modern("tools/list")["result"]
        assert server.ask("tools/list")["error"]["code"] == -32602
        server.initialize()
        assert "resultType" not in server.ask("tools/list")["result"]
        assert server.execute(path="/modern").data["status"] == 200
        arguments = {"capability": "api", "method": "GET", "path": "/legacy"}
        legacy = server.ask("tools/call", {"name": "execute", "arguments": arguments})
        assert ToolResult(legacy).data["status"] == 200
        assert "resultType" in server.ask_modern("server/discover")["result"]
        assert server.ask("ping")["result"] == {}
        assert [request.path for request in upstream.requests] == ["/modern", "/legacy"]

    def test_calls_overtake_each_other(self, server, upstream):
        upstream.on("/slow", behaviours.hang)
        slow = server.post_execute(path="/slow")
        upstream.wait_for_requests(1)
        assert server.execute(path="/fast").data["status"] == 200
        assert server.ask_modern("tools/list")["result"]["tools"]
        server.notify("notifications/cancelled", {"requestId": slow})


class TestCancellation:
    @pytest.mark.parametrize("era", ["legacy", "modern"])
    def test_a_cancelled_call_is_never_answered(self, server, upstream, home, era):
        upstream.on("/slow", behaviours.hang)
        if era == "legacy":
            server.initialize()
            arguments = {"capability": "api", "method": "GET", "path": "/slow"}
            id = server.post("tools/call", {"name": "execute", "arguments": arguments}, id="to-cancel")
        else:
            id = server.post_execute(path="/slow")
        (slow,) = upstream.wait_for_requests(1)
        server.notify("notifications/cancelled", {"requestId": id, "reason": "changed my mind"})
        assert slow.connection.closed.wait(5)
        assert server.execute(path="/fast").data["status"] == 200
        assert server.stop() == 0
        assert not [m for m in server.messages if m.get("id") == id]
        outcome = next(r for r in of_calls(home.records) if r["phase"] == "outcome" and r["path"] == "/slow")
        assert "cancel" in str(outcome).lower()

    def test_cancellation_compares_the_type_of_the_id(self, server, upstream):
        upstream.on("/slow", behaviours.hang)
        server.send(call_message(7, "/slow"))
        (slow,) = upstream.wait_for_requests(1)
        for other in ("7", 8, None, 7.5, [7]):
            server.notify("notifications/cancelled", {"requestId": other})
        assert "result" in server.ask_modern("tools/list")
        assert not slow.connection.closed.is_set()
        server.notify("notifications/cancelled", {"requestId": 7})
        assert slow.connection.closed.wait(5)

    def test_malformed_and_late_cancellations_are_ignored(self, server):
        assert server.execute(path="/done").data["status"] == 200
        for params in (None, {}, {"requestId": {}}, {"requestId": 1}, {"requestId": 99999}):
            server.notify("notifications/cancelled", params)
        assert "result" in server.ask_modern("tools/list")


class TestEnding:
    def test_end_of_input_ends_an_idle_server(self, server):
        assert "result" in server.ask_modern("tools/list")
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < PROMPT_EXIT

    def test_end_of_input_before_any_request(self, server):
        assert server.stop() == 0
        assert server.messages == []

    def test_end_of_input_during_calls_cancels_them_and_completes_the_audit(self, server, upstream, home):
        upstream.otherwise(behaviours.hang)
        for number in range(5):
            server.post_execute(path=f"/hang/{number}")
        requests = upstream.wait_for_requests(5)
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < PROMPT_EXIT
        for request in requests:
            assert request.connection.closed.wait(5)
        calls = pairs(home.records)
        assert len(calls) == 5
        for intent, outcome in calls.values():
            assert (intent["phase"], outcome["phase"]) == ("intent", "outcome")
            assert "cancel" in str(outcome).lower()
        home.run("logs", "verify").expect(0)

    @pytest.mark.parametrize("kept", [-1, -2, 30], ids=["whole", "without its last brace", "its beginning"])
    def test_a_last_line_without_line_end_ends_orderly(self, server, upstream, home, kept):
        server.send_bytes(line(call_message(1))[:kept])
        assert server.stop() == 0
        if kept != -1:
            assert upstream.connections == []
        for records in pairs(home.records).values():
            assert [record["phase"] for record in records] == ["intent", "outcome"]

    def test_terminate_ends_an_idle_server(self, server):
        assert "result" in server.ask_modern("tools/list")
        server.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        assert server.wait() in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
        assert time.monotonic() - started < PROMPT_EXIT

    def test_terminate_during_a_call_aborts_it_and_completes_the_audit(self, server, upstream, home):
        upstream.otherwise(behaviours.hang)
        server.post_execute(path="/hang")
        (request,) = upstream.wait_for_requests(1)
        server.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        server.wait()
        assert time.monotonic() - started < PROMPT_EXIT
        assert request.connection.closed.wait(5)
        assert [record["phase"] for record in of_calls(home.records)] == ["intent", "outcome"]
        home.run("logs", "verify").expect(0)

    def test_a_client_that_no_longer_reads_does_not_leave_a_server_behind(self, home, upstream):
        home.configure(one_api(upstream.base_url))
        reader, writer = os.pipe()
        process = subprocess.Popen(
            home.server_command(),
            stdin=subprocess.PIPE,
            stdout=writer,
            stderr=subprocess.DEVNULL,
            env=home.server_environment(),
        )
        os.close(writer)
        os.close(reader)
        process.stdin.write(line(call_message(1)))
        process.stdin.flush()
        upstream.wait_for_requests(1)
        process.stdin.close()
        assert process.wait(PATIENCE) != -signal.SIGPIPE
        assert [record["phase"] for record in of_calls(home.records)] == ["intent", "outcome"]
