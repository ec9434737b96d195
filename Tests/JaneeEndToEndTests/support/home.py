"""A Janee home of its own for a test: configuration, secrets, commands and servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .audit import read_records
from .config import to_yaml
from .stdio import StdioServer

COMMAND_PATIENCE = 60.0


@dataclass
class Completed:
    """A finished command."""

    arguments: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def output(self) -> str:
        """Standard output as text."""
        return self.stdout.decode()

    @property
    def errors(self) -> str:
        """Standard error as text."""
        return self.stderr.decode()

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    def expect(self, code: int) -> Completed:
        """Check the exit code and go on."""
        assert self.code == code, f"janee {' '.join(self.arguments)}: exit {self.code}, not {code}\n" + (
            f"stdout: {self.output}\nstderr: {self.errors}"
        )
        return self


class JaneeHome:
    """`$HOME/.janee` in a directory of the test."""

    def __init__(self, binary: Path, root: Path) -> None:
        self.binary = binary
        self.root = root
        self.path = root / ".janee"
        self._servers: list[StdioServer] = []
        # As whom commands run, in the terms of `subprocess`; as oneself if empty.
        self._identity: dict[str, Any] = {}

    # Files

    @property
    def config_file(self) -> Path:
        """config.yaml."""
        return self.path / "config.yaml"

    @property
    def credentials_file(self) -> Path:
        """The credentials.json of Janee 0.16."""
        return self.path / "credentials.json"

    @property
    def credentials(self) -> Path:
        """The directory of the local store."""
        return self.path / "credentials"

    @property
    def log_files(self) -> list[Path]:
        """The audit files, oldest first."""
        return sorted((self.path / "logs").glob("*.jsonl"))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All audit records, in the order in which they were written."""
        return read_records(self.log_files)

    def configure(self, config: dict[str, Any] | str, mode: int = 0o600) -> None:
        """Write config.yaml."""
        text = config if isinstance(config, str) else to_yaml(config)
        self.config_file.write_text(text, encoding="utf-8")
        self.config_file.chmod(mode)

    def adopt(self, template: Path) -> None:
        """Begin as a copy of another home."""
        shutil.copytree(template, self.path)

    # Commands

    def environment(self, **extra: str) -> dict[str, str]:
        """The whole environment of the commands: nothing of the developer's Janee leaks in."""
        inherited = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        kept = {name: os.environ[name] for name in inherited if name in os.environ}
        return {**kept, "HOME": str(self.root), "JANEE_HOME": str(self.path), "LANG": "C.UTF-8", **extra}

    def run(self, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Completed:
        """Run a command to its end."""
        done = subprocess.run(
            [str(self.binary), *arguments],
            input=stdin,
            capture_output=True,
            env=env if env is not None else self.environment(),
            cwd=self.root,
            timeout=COMMAND_PATIENCE,
            **self._identity,
        )
        return Completed(arguments, done.returncode, done.stdout, done.stderr)

    def set_secret(self, name: str, value: str | bytes) -> None:
        """Store a secret."""
        data = value if isinstance(value, bytes) else value.encode()
        self.run("secret", "set", name, "--from-stdin", stdin=data).expect(0)

    def reveal(self, reference: str, env: dict[str, str] | None = None) -> str:
        """The value of a secret."""
        return self.run("secret", "get", reference, "--reveal", env=env).expect(0).output.removesuffix("\n")

    # Servers

    def server_command(self) -> list[str]:
        """The command line that starts the server."""
        return [str(self.binary), "serve"]

    def server_environment(self, agent: str | None = "alice", **extra: str) -> dict[str, str]:
        """The environment of a server that serves one agent."""
        return self.environment(**({"JANEE_AGENT": agent} if agent is not None else {}), **extra)

    def serve(self, agent: str | None = "alice", *, arguments: tuple[str, ...] = (), **extra: str) -> StdioServer:
        """Start a server; it ends with the test."""
        command = [*self.server_command(), *arguments]
        server = StdioServer(command, self.server_environment(agent, **extra), self.root)
        self._servers.append(server)
        return server

    def dispose(self) -> None:
        """End every server."""
        for server in self._servers:
            server.dispose()
