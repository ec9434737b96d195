"""The 1.x line of the official Python SDK as a client of `janee serve`, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .home import JaneeHome
from .stdio import StdioServer, ToolResult

PROGRAM = Path(__file__).parent / "mcp1_client.py"

KEEPING_EXIT_CODE = '"$@"; echo $? > exit-code'
"""The SDK does not tell how the server ended, so a shell around it writes that down; one that is killed does not."""


class Mcp1Client(StdioServer):
    """A running client; it takes lines of JSON over pipes, as a server does."""

    def __init__(self, interpreter: Path, home: JaneeHome, *, version: str | None = None, shell: bool = True) -> None:
        self._exit_code = home.root / "exit-code"
        around = ["sh", "-c", KEEPING_EXIT_CODE, "sh"] if shell else []
        command, *arguments = [*around, *home.server_command()]
        parameters = {
            "command": command,
            "args": arguments,
            "env": home.server_environment(),
            "cwd": str(home.root),
            "version": version,
        }
        super().__init__([str(interpreter), "-I", str(PROGRAM), json.dumps(parameters)], home.environment(), home.root)

    @property
    def handshake(self) -> dict[str, Any]:
        """What client and server agreed on."""
        return self._wait_for("initialized")

    @property
    def unexpected(self) -> list[str]:
        """The messages that the SDK could not place so far."""
        return [message["unexpected"] for message in self.messages if "unexpected" in message]

    def wait_for_unexpected(self) -> str:
        """The first message that the SDK could not place."""
        return self._wait_for("unexpected")

    def post_call(self, tool: str, arguments: dict[str, Any] | None = None, patience: float | None = None) -> Any:
        """Let a tool be called, and return the order's id without waiting."""
        return self.post("call", {"tool": tool, "arguments": arguments or {}, "patience": patience})

    def call(self, tool: str, arguments: dict[str, Any] | None = None) -> ToolResult:
        """Let a tool be called."""
        return ToolResult(self.response(self.post_call(tool, arguments)))

    def leave(self) -> int:
        """Close the session as the SDK does, and return the exit code of the server."""
        assert self.stop() == 0, self.stderr.decode()
        assert self.messages[-1] == {"closed": True}
        return int(self._exit_code.read_text())

    def _wait_for(self, key: str) -> Any:
        message = self.wait_for_message(lambda message: isinstance(message, dict) and key in message)
        assert message, f"the client never said {key!r}; stderr: {self.stderr.decode()}"
        return message[key]
