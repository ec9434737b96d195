"""A scripted HTTP/1.1 server on raw sockets that keeps the exact bytes it received."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE = 20.0
"""Seconds after which a wait for something that must happen is given up."""


@dataclass
class Connection:
    """One TCP connection as the upstream saw it."""

    number: int
    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    closed: threading.Event = field(default_factory=threading.Event)
    buffer: bytearray = field(default_factory=bytearray)

    def receive(self) -> bytes:
        """The next bytes of the client; empty when it has gone."""
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.closed.set()
        self.received += data
        return data


@dataclass
class Request:
    """One request, byte for byte."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    head: bytes
    body: bytes
    connection: Connection

    @property
    def request_line(self) -> bytes:
        """The first line without its line end."""
        return self.head.split(b"\r\n", 1)[0]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.split("?", 1)[0]

    def values(self, name: str) -> list[str]:
        """All values of a header, in order of arrival."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """The only value of a header, or nothing; a repeated header is an error."""
        values = self.values(name)
        assert len(values) <= 1, f"header {name} arrived {len(values)} times"
        return values[0] if values else None


class Exchange:
    """What a behaviour works with: the request, and the means to answer it."""

    def __init__(self, upstream: Upstream, request: Request) -> None:
        self.upstream = upstream
        self.request = request
        self.keep_alive = True

    def send(self, data: bytes) -> None:
        """Put raw bytes on the wire; a client that has gone is no error."""
        try:
            self.request.connection.socket.sendall(data)
        except OSError:
            self.request.connection.closed.set()

    def respond(
        self,
        status: int = 200,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        framed: bool = True,
    ) -> None:
        """Answer with a complete response (`framed` adds Content-Length)."""
        lines = [f"HTTP/1.1 {status} Scripted"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if framed:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.send(head + (b"" if self.request.method == "HEAD" else body))

    def hang_up(self) -> None:
        """Close the connection after this exchange."""
        self.keep_alive = False

    def reset(self) -> None:
        """Abort the connection with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self.request.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.keep_alive = False

    def wait_for_client_to_leave(self) -> None:
        """Read until the client closes or resets the connection."""
        while self.request.connection.receive():
            pass
        self.keep_alive = False


Behaviour = Callable[[Exchange], None]


def default_behaviour(exchange: Exchange) -> None:
    """Answer anything with a small JSON body."""
    exchange.respond(200, b'{"ok":true}', {"Content-Type": "application/json"})


class Upstream:
    """The server: one thread a connection, one behaviour a path, a record of everything."""

    def __init__(self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._behaviours: dict[str, Behaviour] = {}
        self._fallback: Behaviour = default_behaviour
        self._changed = threading.Condition()
        self._requests: list[Request] = []
        self._connections: list[Connection] = []
        self._tls_failures = 0
        self._faults: list[str] = []
        self._closing = False
        self._listener = socket.create_server((address, 0), backlog=512)
        self.address, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    # What tests say

    @property
    def base_url(self) -> str:
        """The origin of this server."""
        return f"{'https' if self._tls else 'http'}://{self.address}:{self.port}"

    @property
    def authority(self) -> str:
        """What a correct Host header holds."""
        return f"{self.address}:{self.port}"

    def on(self, path: str, behaviour: Behaviour) -> None:
        """Script what happens at a path (query ignored)."""
        self._behaviours[path] = behaviour

    def otherwise(self, behaviour: Behaviour) -> None:
        """Script what happens at every other path."""
        self._fallback = behaviour

    # What tests ask

    @property
    def requests(self) -> list[Request]:
        """Everything received so far."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> list[Connection]:
        """Every connection accepted so far."""
        with self._changed:
            return list(self._connections)

    @property
    def wire(self) -> bytes:
        """Every byte received so far, connection after connection."""
        return b"".join(bytes(connection.received) for connection in self.connections)

    @property
    def only_request(self) -> Request:
        """The one request received; none or several are an error."""
        requests = self.requests
        assert len(requests) == 1, f"expected one request, got {[r.request_line for r in requests]}"
        return requests[0]

    def wait_for_requests(self, count: int) -> list[Request]:
        """Wait until so many requests have arrived completely."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._requests) >= count, PATIENCE)
            assert arrived, f"only {len(self._requests)} of {count} requests arrived"
            return list(self._requests)

    def wait_for_tls_failure(self) -> None:
        """Wait until a client has given up during the TLS handshake."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._tls_failures > 0, PATIENCE), "no client refused TLS"

    def close(self) -> None:
        """Stop listening and drop every connection; behaviours that raised are reported here."""
        self._closing = True
        for open_socket in [self._listener, *(connection.socket for connection in self.connections)]:
            try:
                open_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            open_socket.close()
        assert not self._faults, f"upstream behaviours failed: {self._faults}"

    # The machine room

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        if self._tls:
            try:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
            except (OSError, ssl.SSLError):
                with self._changed:
                    self._tls_failures += 1
                    self._changed.notify_all()
                return
        with self._changed:
            connection = Connection(len(self._connections), accepted)
            self._connections.append(connection)
            self._changed.notify_all()
        try:
            while request := self._read_request(connection):
                if not self._handle(request):
                    break
        except Exception as error:  # noqa: BLE001 - reported by close()
            if not self._closing:
                self._faults.append(repr(error))
        finally:
            connection.closed.set()
            accepted.close()

    def _handle(self, request: Request) -> bool:
        exchange = Exchange(self, request)
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        self._behaviours.get(request.path, self._fallback)(exchange)
        return exchange.keep_alive and not request.connection.closed.is_set()

    def _read_request(self, connection: Connection) -> Request | None:
        head = self._read_until(connection, b"\r\n\r\n")
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        target, _, _ = rest.rpartition(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line)]
        fields = {name.lower(): value for name, value in headers}
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = self._read_chunked(connection)
        else:
            body = self._read_exactly(connection, int(fields.get("content-length", "0")))
        if body is None:
            return None
        return Request(method, target, headers, head, body, connection)

    def _read_until(self, connection: Connection, mark: bytes) -> bytes | None:
        while mark not in connection.buffer:
            data = connection.receive()
            if not data:
                return None
            connection.buffer += data
        end = connection.buffer.index(mark) + len(mark)
        return self._take(connection, end)

    def _read_exactly(self, connection: Connection, count: int) -> bytes | None:
        while len(connection.buffer) < count:
            data = connection.receive()
            if not data:
                return None
            connection.buffer += data
        return self._take(connection, count)

    def _read_chunked(self, connection: Connection) -> bytes | None:
        body = bytearray()
        while True:
            size_line = self._read_until(connection, b"\r\n")
            if size_line is None:
                return None
            size = int(size_line.split(b";")[0], 16)
            chunk = self._read_exactly(connection, size + 2)
            if chunk is None:
                return None
            if size == 0:
                return bytes(body)
            body += chunk[:-2]

    @staticmethod
    def _take(connection: Connection, count: int) -> bytes:
        taken = bytes(connection.buffer[:count])
        del connection.buffer[:count]
        return taken
