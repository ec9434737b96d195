"""Commands at a terminal, as a person runs them."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
from pathlib import Path

from .upstream import PATIENCE

SCRIPT = 'trap : INT; "$@"; echo "ended with $?" >&2; read line'


class TerminalCommand:
    """A command behind a shell that keeps the terminal when the command has ended."""

    def __init__(self, *command: str | Path, env: dict[str, str]) -> None:
        self._keyboard, self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            ["sh", "-c", SCRIPT, "sh", *command],
            stdin=self._terminal,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=env,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._keyboard)[3] & termios.ECHO)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._keyboard, text.encode())

    def wait_for_stderr(self, text: str) -> None:
        """Wait until standard error says something."""
        said = b""
        while text.encode() not in said:
            assert select.select([self._process.stderr], [], [], PATIENCE)[0], f"it said only {said!r}"
            data = os.read(self._process.stderr.fileno(), 4096)
            assert data, f"it said only {said!r}"
            said += data

    def dispose(self) -> None:
        """End the shell, and with it the terminal."""
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()
        os.close(self._keyboard)
        os.close(self._terminal)
