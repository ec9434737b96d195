"""A raw MCP client over the pipes of `janee serve`: every byte in either direction is visible."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .upstream import PATIENCE

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
META = "io.modelcontextprotocol/"


def modern_meta(client_name: str = "raw-client", version: str = MODERN) -> dict[str, Any]:
    """The `_meta` that makes a request a modern one."""
    return {
        META + "protocolVersion": version,
        META + "clientCapabilities": {},
        META + "clientInfo": {"name": client_name, "version": "1"},
    }


@dataclass
class ToolResult:
    """The result of `tools/call`, taken apart."""

    message: dict[str, Any]

    @property
    def result(self) -> dict[str, Any]:
        """The JSON-RPC result; a JSON-RPC error fails the test."""
        assert "result" in self.message, f"JSON-RPC error instead of a tool result: {self.message}"
        return self.message["result"]

    @property
    def is_error(self) -> bool:
        """Whether the tool reports a failure."""
        return self.result.get("isError") is True

    @property
    def text(self) -> str:
        """The one text item of the content."""
        content = self.result["content"]
        assert len(content) == 1 and content[0]["type"] == "text", f"expected one text item: {content}"
        return content[0]["text"]

    @property
    def data(self) -> Any:
        """The JSON in the text item."""
        return json.loads(self.text)

    @property
    def reason_code(self) -> str | None:
        """The code of a denial; nothing for other failures."""
        return self.data.get("denial", {}).get("reasonCode")

    @property
    def code(self) -> str | None:
        """The code of a failed call; nothing for denials."""
        return self.data.get("code")


class StdioServer:
    """A running `janee serve`."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.messages: list[Any] = []
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._ended = False
        self._write_lock = threading.Lock()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd
        )
        self._threads = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    # Sending

    def send_bytes(self, data: bytes) -> None:
        """Write raw bytes to the server's stdin."""
        with self._write_lock:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def send(self, message: Any) -> None:
        """Write one JSON line."""
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def notify(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})})

    def post(self, method: str, params: dict[str, Any] | None = None, *, id: Any = None) -> Any:
        """Send a request as it is given and return its id without waiting."""
        id = next(self._ids) if id is None else id
        self.send({"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params is not None else {})})
        return id

    def post_modern(self, method: str, params: dict[str, Any] | None = None, *, client: str = "raw-client") -> Any:
        """Send a request of 2026-07-28 and return its id."""
        return self.post(method, {**(params or {}), "_meta": modern_meta(client)})

    # Asking

    def response(self, id: Any, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for the response with this id."""
        found = self.wait_for_message(
            lambda m: isinstance(m, dict) and "method" not in m and m.get("id") == id and type(m.get("id")) is type(id),
            patience,
        )
        assert found is not None, f"no response to request {id!r}; stderr: {self.stderr.decode(errors='replace')}"
        return found

    def wait_for_message(self, wanted: Any, patience: float = PATIENCE) -> Any:
        """Wait for the first message that fits, or nothing when the output ends or patience does."""
        checked = 0
        deadline = time.monotonic() + patience
        with self._changed:
            while True:
                for message in self.messages[checked:]:
                    if wanted(message):
                        return message
                checked = len(self.messages)
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    return None
                self._changed.wait(left)

    def wait_for_stderr(self, text: str) -> None:
        """Wait until stderr holds a text."""
        with self._changed:
            seen = self._changed.wait_for(lambda: text.encode() in self.stderr or self._ended, PATIENCE)
            assert seen and text.encode() in self.stderr, f"stderr never said {text!r}: {self.stderr!r}"

    def ask(self, method: str, params: dict[str, Any] | None = None, *, id: Any = None) -> dict[str, Any]:
        """Send a request as it is given and wait for its response."""
        return self.response(self.post(method, params, id=id))

    def ask_modern(self, method: str, params: dict[str, Any] | None = None, *, client: str = "raw-client") -> dict:
        """Send a request of 2026-07-28 and wait for its response."""
        return self.response(self.post_modern(method, params, client=client))

    def initialize(self, version: str = LEGACY, client_name: str = "raw-client") -> dict[str, Any]:
        """Do the legacy handshake."""
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": client_name, "version": "1"}}
        response = self.ask("initialize", params)
        self.notify("notifications/initialized")
        return response

    def call(self, tool: str, arguments: dict[str, Any] | None = None, *, client: str = "raw-client") -> ToolResult:
        """Call a tool the modern way."""
        params = {"name": tool, "arguments": arguments or {}}
        return ToolResult(self.ask_modern("tools/call", params, client=client))

    def execute(self, method: str = "GET", path: str = "/", capability: str = "api", **rest: Any) -> ToolResult:
        """Call `execute` the modern way."""
        return self.call("execute", {"capability": capability, "method": method, "path": path, **rest})

    def post_execute(self, method: str = "GET", path: str = "/", capability: str = "api", **rest: Any) -> Any:
        """Send an `execute` call the modern way and return its id without waiting."""
        arguments = {"capability": capability, "method": method, "path": path, **rest}
        return self.post_modern("tools/call", {"name": "execute", "arguments": arguments})

    # Ending

    def stop(self, patience: float = PATIENCE) -> int:
        """Close stdin and wait for the process to end; returns its exit code."""
        with self._write_lock:
            try:
                self.process.stdin.close()
            except OSError:
                pass
        return self.wait(patience)

    def wait(self, patience: float = PATIENCE) -> int:
        """Wait for the process to end; returns its exit code."""
        code = self.process.wait(patience)
        for thread in self._threads:
            thread.join(patience)
        return code

    def dispose(self) -> None:
        """End the process whatever its state."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except OSError:
                pass

    def assert_clean_stdout(self) -> None:
        """Every line of stdout is one JSON-RPC message."""
        text = bytes(self.stdout)
        assert text == b"" or text.endswith(b"\n"), f"stdout ends within a line: {text[-200:]!r}"
        for line in text.splitlines():
            message = json.loads(line)
            assert isinstance(message, dict) and message.get("jsonrpc") == "2.0", f"not a message: {line[:200]!r}"

    # Reading

    def _read_stdout(self) -> None:
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            with self._changed:
                self.stdout += line
                self.messages.append(message)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_stderr(self) -> None:
        while data := self.process.stderr.read1(65536):
            with self._changed:
                self.stderr += data
                self._changed.notify_all()
