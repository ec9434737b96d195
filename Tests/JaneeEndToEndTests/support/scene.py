"""A server in front of one API, and what must hold of everything that it let out."""

from __future__ import annotations

from typing import Any

from .audit import of_calls
from .config import capability, service
from .home import JaneeHome
from .leaks import LeakDetector
from .stdio import StdioServer, ToolResult


class Scene:
    """A home with the API `api`, one server at a time, and the secrets that nobody but the upstream may see."""

    def __init__(self, home: JaneeHome, base_url: str, *secrets: str) -> None:
        self.home = home
        self.base_url = base_url
        self.secrets = list(secrets)
        self.server: StdioServer
        self._started: list[StdioServer] = []

    def configure(self, *, key: str = "api-key", limits: dict[str, int] | None = None, **extra: Any) -> None:
        """Write a configuration with the one API."""
        fields = {"limits": limits} if limits else {}
        self.home.configure(
            {"services": {"api": service(self.base_url, key, **fields)}, "capabilities": {"api": capability(**extra)}}
        )

    def serve(self, *before: str, agent: str | None = "alice", **environment: str) -> StdioServer:
        """Start the server, as the end of a longer command line if one is given."""
        command = [*before, *self.home.server_command()]
        self.server = StdioServer(command, self.home.server_environment(agent, **environment), self.home.root)
        self._started.append(self.server)
        return self.server

    def finish(self, code: int = 0) -> list[dict[str, Any]]:
        """Stop the server, look for the secrets in all that it let out, and return the records of its calls."""
        assert self.server.stop() == code, self.server.stderr.decode()
        self.server.assert_clean_stdout()
        shown = self.home.run("logs", "-n", "1000", "--json").expect(0)
        self.home.run("logs", "verify").expect(0)
        files = [file for file in (self.home.path / "logs").iterdir() if file.is_file()]
        for secret in self.secrets:
            LeakDetector(secret).check(
                answers=self.server.stdout,
                stderr=self.server.stderr,
                audit=b"\n".join(file.read_bytes() for file in files),
                logs=shown.stdout + shown.stderr,
            )
        records = of_calls(self.home.records)
        key = {record["seq"]: record for record in shown.json["logs"]}
        assert all(key[record["seq"]] == record for record in records), "'logs --json' shows other records"
        return records

    def outcome(self) -> dict[str, Any]:
        """Finish, and return the outcome of the one call; it and the intent must be its only records."""
        records = self.finish()
        assert [record["phase"] for record in records] == ["intent", "outcome"], records
        intent, outcome = records
        for field in ("id", "service", "capability", "method", "path", "agentId", "requestDigest"):
            assert intent[field] == outcome[field], field
        return outcome

    def denial(self) -> dict[str, Any]:
        """Finish, and return the denial of the one call; it must be its only record."""
        records = self.finish()
        assert [record["phase"] for record in records] == ["denial"], records
        return records[0]

    def dispose(self) -> None:
        """End every server."""
        for server in self._started:
            server.dispose()


def assert_failed(result: ToolResult, code: str, message: str) -> None:
    """The agent got this code and this message, and nothing else."""
    assert result.is_error, result.text
    assert result.data == {"error": message, "code": code}


def assert_denied(result: ToolResult, code: str, message: str) -> None:
    """The agent was refused with this code and this message."""
    assert result.is_error, result.text
    assert result.reason_code == code, result.text
    assert result.data["error"] == message
    assert set(result.data["denial"]) <= {"reasonCode", "capability", "agentId", "nextStep"}
    assert result.data["denial"]["nextStep"]


def assert_failure_recorded(outcome: dict[str, Any], code: str) -> None:
    """The record names the failure, and no status, for there was none."""
    assert outcome["error"] == code
    assert "statusCode" not in outcome
    assert outcome["duration"] >= 0
