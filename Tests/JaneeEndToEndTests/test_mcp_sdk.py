"""The official Python SDK as client: legacy handshake, 2026-07-28, and its automatic choice."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from support import behaviours
from support.audit import of_calls, phases
from support.config import one_api, rules
from support.gate import Gate
from support.sdk import MODES, data_of, in_session, in_thread

pytestmark = pytest.mark.parametrize("mode", MODES)

IN_FLIGHT = 64


def test_negotiates_the_version_that_the_mode_asks_for(home, upstream, mode):
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
        if mode != "2026-07-28":  # a pinned version skips discovery, so the client knows nothing yet
            assert client.server_info.name == "janee"
            assert client.server_capabilities.tools is not None
            assert not client.server_capabilities.tools.list_changed
            assert client.server_capabilities.prompts is None

    in_session(home, mode, work)


def test_lists_the_tools_with_their_schemas(home, upstream, mode):
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        listed = await client.list_tools()
        tools = {tool.name: tool for tool in listed.tools}
        assert [tool.name for tool in listed.tools] == ["list_services", "execute", "whoami"]
        assert all(tool.description for tool in listed.tools)
        schema = tools["execute"].input_schema
        assert schema["type"] == "object"
        assert schema["required"] == ["capability", "method", "path"]
        assert set(schema["properties"]) == {"capability", "method", "path", "body", "headers", "reason"}
        assert set(schema["properties"]["method"]["enum"]) == {
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
        }  # fmt: skip
        for name in ("list_services", "whoami"):
            assert tools[name].input_schema["type"] == "object"
            assert tools[name].input_schema.get("properties", {}) == {}

    in_session(home, mode, work)


def test_list_services_shows_what_the_agent_may_use(home, upstream, mode):
    home.configure(one_api(upstream.base_url, rules=rules(allow=["GET /v1/*"]), requiresReason=True))

    async def work(client: Client) -> None:
        (entry,) = data_of(await client.call_tool("list_services", {}))
        assert entry == {
            "accessible": True,
            "name": "api",
            "service": "api",
            "mode": "proxy",
            "ttl": "1h",
            "autoApprove": True,
            "requiresReason": True,
            "rules": {"allow": ["GET /v1/*"]},
        }

    in_session(home, mode, work)


def test_whoami_names_the_agent_that_the_launcher_set(home, upstream, mode):
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        answer = data_of(await client.call_tool("whoami", {}))
        assert answer["agentId"] == "alice"
        assert answer["identitySource"]
        assert answer["defaultAccessPolicy"] == "open"
        assert answer["capabilities"] == {"accessible": ["api"], "denied": []}

    in_session(home, mode, work)


def test_execute_brings_a_request_to_the_upstream_and_the_answer_back(home, upstream, mode, api_key):
    upstream.otherwise(behaviours.fixed(201, b'{"id":7}', {"Content-Type": "application/json", "X-Internal": "no"}))
    home.configure(one_api(upstream.base_url + "/base"))

    async def work(client: Client) -> None:
        result = await client.call_tool(
            "execute",
            {
                "capability": "api",
                "method": "POST",
                "path": "/v1/things?dry=1",
                "body": '{"name":"x"}',
                "headers": {"Content-Type": "application/json"},
            },
        )
        assert not result.is_error
        answer = data_of(result)
        assert answer["status"] == 201
        assert answer["body"] == '{"id":7}'
        assert answer["headers"]["content-type"] == "application/json"
        assert "x-internal" not in answer["headers"]
        assert "bodyEncoding" not in answer

    in_session(home, mode, work)
    request = upstream.only_request
    assert request.request_line == b"POST /base/v1/things?dry=1 HTTP/1.1"
    assert request.header("Authorization") == f"Bearer {api_key}"
    assert request.header("Host") == upstream.authority
    assert request.header("Content-Length") == "12"
    assert request.body == b'{"name":"x"}'


def test_a_denial_is_a_tool_error_with_a_reason_code(home, upstream, mode):
    home.configure(one_api(upstream.base_url, rules=rules(allow=["GET /v1/*"])))

    async def work(client: Client) -> None:
        result = await client.call_tool("execute", {"capability": "api", "method": "POST", "path": "/v1/x"})
        assert result.is_error
        answer = data_of(result)
        assert answer["error"]
        assert answer["denial"]["reasonCode"] == "RULE_DENY"
        assert answer["denial"]["capability"] == "api"
        assert answer["denial"]["nextStep"]

    in_session(home, mode, work)
    assert upstream.connections == []


def test_an_upstream_error_status_is_a_result(home, upstream, mode):
    upstream.otherwise(behaviours.fixed(500, b"oops", behaviours.TEXT))
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        result = await client.call_tool("execute", {"capability": "api", "method": "GET", "path": "/x"})
        assert not result.is_error
        assert data_of(result)["status"] == 500

    in_session(home, mode, work)


def test_an_unknown_tool_is_a_protocol_error(home, upstream, mode):
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        with pytest.raises(MCPError) as raised:
            await client.call_tool("janee_exec", {})
        assert raised.value.code == -32602
        assert (await client.list_tools()).tools

    in_session(home, mode, work)


def test_invalid_arguments_are_a_tool_error(home, upstream, mode):
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        for arguments in ({"capability": "api", "method": "GET"}, {"capability": 7, "method": "GET", "path": "/x"}):
            result = await client.call_tool("execute", arguments)
            assert result.is_error
            assert data_of(result)["error"]

    in_session(home, mode, work)
    assert upstream.connections == []


def test_a_cancelled_call_aborts_the_upstream_request(home, upstream, mode):
    upstream.on("/slow", behaviours.hang)
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "execute", {"capability": "api", "method": "GET", "path": "/slow"})
            (slow,) = await in_thread(upstream.wait_for_requests, 1)
            group.cancel_scope.cancel()
        assert await in_thread(slow.connection.closed.wait, 5), "the upstream connection stayed open"
        result = await client.call_tool("execute", {"capability": "api", "method": "GET", "path": "/next"})
        assert data_of(result)["status"] == 200

    in_session(home, mode, work)
    records = of_calls(home.records)
    assert sorted(phases(records)) == ["intent", "intent", "outcome", "outcome"]
    (outcome,) = [r for r in records if r["phase"] == "outcome" and r["path"] == "/slow"]
    assert "cancel" in str(outcome).lower()


def test_a_client_that_runs_out_of_patience_aborts_the_upstream_request(home, upstream, mode):
    upstream.on("/slow", behaviours.hang)
    home.configure(one_api(upstream.base_url))

    async def work(client: Client) -> None:
        with pytest.raises(MCPError):
            arguments = {"capability": "api", "method": "GET", "path": "/slow"}
            await client.call_tool("execute", arguments, read_timeout_seconds=0.3)
        (slow,) = await in_thread(upstream.wait_for_requests, 1)
        assert await in_thread(slow.connection.closed.wait, 5), "the upstream connection stayed open"

    in_session(home, mode, work)


def test_many_calls_in_flight_are_all_sent_at_once(home, upstream, mode):
    gate = Gate()
    upstream.otherwise(behaviours.all_together(IN_FLIGHT, gate))
    home.configure(one_api(upstream.base_url))
    statuses: list[int] = []

    async def work(client: Client) -> None:
        async def one(number: int) -> None:
            arguments = {"capability": "api", "method": "GET", "path": f"/call/{number}"}
            statuses.append(data_of(await client.call_tool("execute", arguments))["status"])

        async with anyio.create_task_group() as group:
            for number in range(IN_FLIGHT):
                group.start_soon(one, number)

    in_session(home, mode, work)
    gate.close()
    assert statuses == [200] * IN_FLIGHT
    assert {request.path for request in upstream.requests} == {f"/call/{number}" for number in range(IN_FLIGHT)}
    assert sorted(phases(home.records)) == ["intent"] * IN_FLIGHT + ["outcome"] * IN_FLIGHT
