"""A command that asks questions on a terminal: what a person sees there, and what a person types."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from pathlib import Path

from .upstream import PATIENCE


class Dialogue:
    """A command whose standard input and standard error are a terminal; standard output is a pipe."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.transcript = b""
        self._expected = 0
        self._keyboard, self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            command,
            stdin=self._terminal,
            stdout=subprocess.PIPE,
            stderr=self._terminal,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def expect(self, text: str) -> None:
        """Wait until the terminal shows a text after what was expected before."""
        deadline = time.monotonic() + PATIENCE
        while (start := self.transcript.find(text.encode(), self._expected)) < 0:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._keyboard], [], [], left)[0], f"no {text!r} in {self.transcript!r}"
            self._read()
        self._expected = start + len(text.encode())

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._keyboard, text.encode())

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and type a line."""
        self.expect(question)
        self.type(text + "\n")

    def end(self) -> tuple[int, bytes]:
        """Wait for the command to end; returns its exit code and its standard output."""
        output, _ = self._process.communicate(timeout=PATIENCE)
        while select.select([self._keyboard], [], [], 0)[0]:
            self._read()
        return self._process.returncode, output

    def dispose(self) -> None:
        """End the command whatever its state."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        os.close(self._keyboard)
        os.close(self._terminal)

    def _read(self) -> None:
        self.transcript += os.read(self._keyboard, 4096)
