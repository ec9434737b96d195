"""The 1.x line of the official Python SDK as client, which knows only revisions with a handshake."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import behaviours
from support.audit import of_calls, pairs, phases
from support.config import one_api, rules
from support.gate import Gate
from support.leaks import LeakDetector
from support.mcp1 import Mcp1Client

REPOSITORY = Path(__file__).resolve().parents[2]
IN_FLIGHT = 64
PROMPTLY = 5
"""Seconds within which the upstream must notice that nobody waits any more."""
IMPATIENCE = 0.3
"""Seconds that an impatient client waits."""
REQUEST_TIMEOUT = 408
"""The code that the SDK itself gives to a call whose answer it no longer waits for."""
INVALID_PARAMS = -32602


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """The Python that has the SDK."""
    given = os.environ.get("JANEE_MCP1_PYTHON")
    path = Path(given) if given else REPOSITORY / ".cache" / "venv-mcp1" / "bin" / "python"
    if not os.access(path, os.X_OK):
        pytest.fail(
            f"no Python with the 1.x SDK at {path}: run scripts/test once, which makes it, or set JANEE_MCP1_PYTHON",
            pytrace=False,
        )
    return path.absolute()


@pytest.fixture
def connect(home, upstream, interpreter) -> Iterator[Callable[..., Mcp1Client]]:
    """Connects a client to a server of one API."""
    clients: list[Mcp1Client] = []

    def connect(version: str | None = None, shell: bool = True, **capability: Any) -> Mcp1Client:
        home.configure(one_api(upstream.base_url, **capability))
        clients.append(Mcp1Client(interpreter, home, version=version, shell=shell))
        return clients[-1]

    yield connect
    for client in clients:
        client.dispose()


def request(path: str, method: str = "GET", **rest: Any) -> dict[str, Any]:
    """The arguments of `execute`."""
    return {"capability": "api", "method": method, "path": path, **rest}


def outcome(home, path: str) -> dict[str, Any]:
    """The one outcome of the calls of a path."""
    (found,) = [record for record in of_calls(home.records) if (record["phase"], record["path"]) == ("outcome", path)]
    return found


def test_negotiates_the_newest_revision_with_a_handshake(connect):
    agreed = connect().handshake
    assert agreed["protocolVersion"] == "2025-11-25"
    assert agreed["serverInfo"]["name"] == "janee"
    assert agreed["capabilities"]["tools"].get("listChanged", False) is False
    assert "prompts" not in agreed["capabilities"] and "resources" not in agreed["capabilities"]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18"])
def test_older_clients_get_the_revision_that_they_ask_for(connect, version):
    client = connect(version)
    assert client.handshake["protocolVersion"] == version
    assert client.call("execute", request("/x")).data["status"] == 200
    assert client.leave() == 0
    assert client.unexpected == []


def test_lists_the_tools_with_their_schemas(connect):
    listed = connect().ask("list_tools")["result"]
    assert [tool["name"] for tool in listed["tools"]] == ["list_services", "execute", "whoami"]
    assert "nextCursor" not in listed
    schemas = {tool["name"]: tool["inputSchema"] for tool in listed["tools"]}
    assert {schema["type"] for schema in schemas.values()} == {"object"}
    assert schemas["execute"]["required"] == ["capability", "method", "path"]
    assert set(schemas["execute"]["properties"]) == {"capability", "method", "path", "body", "headers", "reason"}
    assert all(tool["description"] for tool in listed["tools"])


def test_answers_a_ping(connect):
    assert connect().ask("ping")["result"] == {}


def test_list_services_shows_what_the_agent_may_use(connect):
    client = connect(rules=rules(allow=["GET /v1/*"]), requiresReason=True)
    (entry,) = client.call("list_services").data
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


def test_whoami_names_the_agent_that_the_launcher_set(connect):
    answer = connect().call("whoami").data
    assert answer["agentId"] == "alice"
    assert answer["capabilities"] == {"accessible": ["api"], "denied": []}


def test_execute_brings_a_request_to_the_upstream_and_the_answer_back(connect, upstream, home, api_key):
    upstream.otherwise(behaviours.echo)
    client = connect()
    headers = {"Content-Type": "application/json"}
    result = client.call("execute", request("/v1/things?dry=1", "POST", body='{"a":"é"}', headers=headers))
    assert not result.is_error
    assert result.data["status"] == 200
    assert "[REDACTED]" in result.data["body"]
    received = upstream.only_request
    assert received.request_line == b"POST /v1/things?dry=1 HTTP/1.1"
    assert received.header("Authorization") == f"Bearer {api_key}"
    assert received.body == '{"a":"é"}'.encode()
    assert client.leave() == 0
    files = b"".join(file.read_bytes() for file in home.log_files)
    LeakDetector(api_key).check(answers=client.stdout, stderr=client.stderr, files=files)
    assert [record["clientLabel"] for record in of_calls(home.records)] == ["mcp/0.1.0"] * 2


def test_a_denial_is_a_tool_error_with_a_reason_code(connect, upstream):
    result = connect(rules=rules(allow=["GET /v1/*"])).call("execute", request("/v1/x", "POST"))
    assert result.is_error
    assert result.data["error"] == "No rule of this capability allows this request"
    assert result.reason_code == "RULE_DENY"
    assert result.data["denial"]["nextStep"]
    assert upstream.connections == []


def test_an_upstream_error_status_is_a_result(connect, upstream):
    upstream.otherwise(behaviours.fixed(500, b"oops", behaviours.TEXT))
    result = connect().call("execute", request("/x"))
    assert not result.is_error
    assert (result.data["status"], result.data["body"]) == (500, "oops")


def test_an_unknown_tool_is_a_protocol_error(connect):
    client = connect()
    assert client.response(client.post_call("janee_exec"))["error"]["code"] == INVALID_PARAMS
    assert not client.call("whoami").is_error


INVALID = {
    "no path": {"capability": "api", "method": "GET"},
    "a number for a name": {"capability": 7, "method": "GET", "path": "/x"},
    "an unknown method": request("/x", "TRACE"),
    "headers as text": request("/x", headers="Accept: text/plain"),
}


@pytest.mark.parametrize("arguments", INVALID.values(), ids=INVALID.keys())
def test_invalid_arguments_are_a_tool_error(connect, upstream, arguments):
    result = connect().call("execute", arguments)
    assert result.is_error
    assert result.code == "INVALID_ARGUMENTS" and result.data["error"]
    assert upstream.connections == []


def test_a_cancelled_call_aborts_the_upstream_request_and_is_not_answered(connect, upstream, home):
    upstream.on("/slow", behaviours.hang)
    client = connect()
    slow = client.post_call("execute", request("/slow"))
    (received,) = upstream.wait_for_requests(1)
    assert client.ask("cancel", {"call": slow})["result"] == {}
    assert received.connection.closed.wait(PROMPTLY), "the upstream connection stayed open"
    assert client.call("execute", request("/next")).data["status"] == 200
    assert client.leave() == 0
    assert not [message for message in client.messages if message.get("id") == slow]
    assert client.unexpected == []
    assert sorted(phases(home.records)) == ["intent", "intent", "outcome", "outcome"]
    assert outcome(home, "/slow")["error"] == "CANCELLED"


def test_a_client_out_of_patience_that_cancels_aborts_the_upstream_request(connect, upstream, home):
    upstream.on("/slow", behaviours.hang)
    client = connect()
    slow = client.post_call("execute", request("/slow"), IMPATIENCE)
    assert client.response(slow)["error"]["code"] == REQUEST_TIMEOUT
    (received,) = upstream.wait_for_requests(1)
    client.ask("cancel", {"call": slow})
    assert received.connection.closed.wait(PROMPTLY), "the upstream connection stayed open"
    assert client.leave() == 0
    assert client.unexpected == []
    assert outcome(home, "/slow")["error"] == "CANCELLED"


def test_a_client_out_of_patience_that_leaves_aborts_the_upstream_request(connect, upstream, home):
    """This line of the SDK gives up without telling the server, so only the end of the session can."""
    upstream.on("/slow", behaviours.hang)
    client = connect()
    slow = client.post_call("execute", request("/slow"), IMPATIENCE)
    assert client.response(slow)["error"]["code"] == REQUEST_TIMEOUT
    (received,) = upstream.wait_for_requests(1)
    assert client.leave() == 0
    assert received.connection.closed.wait(PROMPTLY), "the upstream connection stayed open"
    assert outcome(home, "/slow")["error"] == "CANCELLED"


def test_an_answer_after_the_client_gave_up_disturbs_nothing(connect, upstream, home):
    gate = Gate()
    upstream.on("/slow", behaviours.gated(gate))
    client = connect()
    slow = client.post_call("execute", request("/slow"), IMPATIENCE)
    assert client.response(slow)["error"]["code"] == REQUEST_TIMEOUT
    gate.open()
    assert "unknown request ID" in client.wait_for_unexpected()
    assert client.call("execute", request("/next")).data["status"] == 200
    assert client.leave() == 0
    gate.close()
    assert len(client.unexpected) == 1
    assert outcome(home, "/slow")["statusCode"] == 200


def test_many_calls_in_flight_finish_together(connect, upstream, home):
    """The upstream answers nobody before the last request has arrived, so one call that waits for another stops all."""
    gate = Gate()
    upstream.otherwise(behaviours.all_together(IN_FLIGHT, gate))
    client = connect()
    calls = [client.post_call("execute", request(f"/call/{number}")) for number in range(IN_FLIGHT)]
    answers = [client.response(call)["result"] for call in calls]
    assert client.leave() == 0
    gate.close()
    assert [answer.get("isError", False) for answer in answers] == [False] * IN_FLIGHT
    assert {received.path for received in upstream.requests} == {f"/call/{number}" for number in range(IN_FLIGHT)}
    found = pairs(home.records).values()
    assert [[record["phase"] for record in records] for records in found] == [["intent", "outcome"]] * IN_FLIGHT
    assert client.unexpected == []


class TestShutdown:
    def test_a_server_without_calls_ends_by_itself(self, connect, home):
        client = connect()
        client.call("execute", request("/x"))
        assert client.leave() == 0
        assert client.stderr.decode().splitlines() == ["Janee MCP server started (stdio)"]
        home.run("logs", "verify").expect(0)

    def test_a_server_with_calls_in_flight_ends_by_itself(self, connect, upstream, home):
        upstream.otherwise(behaviours.hang)
        client = connect()
        for number in range(3):
            client.post_call("execute", request(f"/{number}"))
        waiting = upstream.wait_for_requests(3)
        assert client.leave() == 0
        assert all(received.connection.closed.wait(PROMPTLY) for received in waiting)
        assert [outcome(home, f"/{number}")["error"] for number in range(3)] == ["CANCELLED"] * 3
        home.run("logs", "verify").expect(0)

    def test_the_outcome_of_every_call_in_flight_is_recorded(self, connect, upstream, home):
        """Here the SDK starts the server itself, and its way of leaving is what the server has to live with."""
        upstream.otherwise(behaviours.hang)
        client = connect(shell=False)
        for number in range(IN_FLIGHT):
            client.post_call("execute", request(f"/{number}"))
        upstream.wait_for_requests(IN_FLIGHT)
        client.stop()
        found = pairs(home.records).values()
        assert [[record["phase"] for record in records] for records in found] == [["intent", "outcome"]] * IN_FLIGHT
