"""A one-way latch that a thread can wait for together with a socket."""

import os
import select
import socket


class Gate:
    """Closed at first; once opened it stays open, and every waiter goes on."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._open = False

    def open(self) -> None:
        """Let every present and future waiter through."""
        if not self._open:
            self._open = True
            os.close(self._writer)

    def wait_beside(self, connection: socket.socket, timeout: float) -> bool:
        """Wait until the gate opens (true) or the peer sends, closes or resets (false)."""
        ready, _, _ = select.select([self._reader, connection], [], [], timeout)
        return self._reader in ready

    def close(self) -> None:
        """Open the gate for stragglers and free the pipe."""
        self.open()
        os.close(self._reader)
