"""A directory that knows nothing but whether a name and a password belong together."""

from __future__ import annotations

import socketserver
import threading
from typing import Any

SUCCESS, INVALID_CREDENTIALS = 0, 49
BIND, BIND_ANSWER, UNBIND, SEARCH, SEARCH_DONE = 0x60, 0x61, 0x42, 0x63, 0x65


class Directory:
    """An LDAP server on loopback with these names and passwords; its searches find nothing."""

    def __init__(self, passwords: dict[str, str]) -> None:
        self._passwords = passwords

    def __enter__(self) -> Directory:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.passwords = self._passwords
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration of the auth method."""
        return {
            "url": f"ldap://127.0.0.1:{self._server.server_address[1]}",
            "userdn": "ou=people,dc=example",
            "userattr": "cn",
            "groupdn": "ou=groups,dc=example",
        }


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while message := self._read():
            number, rest = _take(message)
            kind, (content, _) = rest[0], _take(rest)
            if kind == BIND:
                version_and_name = _take(content)[1]
                name, password = _take(version_and_name)
                known = self.server.passwords.get(name.decode()) == _take(password)[0].decode()
                self._answer(number, BIND_ANSWER, SUCCESS if known else INVALID_CREDENTIALS)
            elif kind == SEARCH:
                self._answer(number, SEARCH_DONE, SUCCESS)
            else:
                return

    def _read(self) -> bytes | None:
        """The content of the next message."""
        head = self.rfile.read(2)
        if len(head) < 2:
            return None
        length = head[1]
        if length & 0x80:
            length = int.from_bytes(self.rfile.read(length & 0x7F), "big")
        return self.rfile.read(length)

    def _answer(self, number: bytes, kind: int, result: int) -> None:
        content = b"\x0a\x01" + bytes([result]) + b"\x04\x00\x04\x00"
        message = _element(0x02, number) + _element(kind, content)
        self.wfile.write(_element(0x30, message))


def _element(kind: int, content: bytes) -> bytes:
    assert len(content) < 0x80
    return bytes([kind, len(content)]) + content


def _take(data: bytes) -> tuple[bytes, bytes]:
    """The content of the first element, and what follows it."""
    length, start = data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    return data[start : start + length], data[start + length :]
