"""A double as a program of its own: it says in a line where it listens, and takes a command a line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


class Double:
    """A running double; it ends with the test."""

    def __init__(self, program: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [str(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.hello: dict[str, Any] = json.loads(self._line())

    def do(self, command: str, **details: Any) -> dict[str, Any]:
        """A command to the double; its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": command, **details}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self._line())
        assert answer.get("ok") is True, answer
        return answer

    def close(self) -> None:
        """End it."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the double has ended"
        return line
