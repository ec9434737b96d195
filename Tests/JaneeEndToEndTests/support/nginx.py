"""An nginx in a directory of the test, on a socket that it inherits: ready at once, no port races."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from .upstream import PATIENCE

TEMPLATE = """\
daemon off;
{user}
pid {root}/nginx.pid;
error_log {root}/error.log info;
events {{ worker_connections 512; }}
http {{
    log_format exact '$request';
    access_log {root}/access.log exact;
    default_type application/octet-stream;
    types {{ text/plain txt; application/json json; text/html html; }}
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    gzip on;
    gzip_min_length 1;
    gzip_types application/json;
    server {{
        listen 127.0.0.1:{port};
        server_name _;
        root {root}/www;
        location = /echo {{ default_type text/plain; return 200 "$http_authorization"; }}
        location = /denied {{ default_type text/plain; return 401 "bad token: $http_authorization"; }}
        location = /away {{ return 307 https://elsewhere.example/?token=$http_authorization; }}
        {locations}
        location = /uri {{ default_type text/plain; return 200 "$request_uri"; }}
    }}
}}
"""


class Nginx:
    """A running nginx that serves files and a few fixed answers."""

    def __init__(self, root: Path, locations: str = "") -> None:
        self.root = root
        (root / "www").mkdir(parents=True)
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = listener.getsockname()[1]
        user = "user root;" if os.geteuid() == 0 else ""
        (root / "nginx.conf").write_text(TEMPLATE.format(root=root, port=self.port, user=user, locations=locations))
        self._process = subprocess.Popen(
            [shutil.which("nginx") or "nginx", "-p", str(root), "-c", str(root / "nginx.conf")],
            env={"NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        listener.close()

    @staticmethod
    def is_installed() -> bool:
        """Whether there is an nginx to run."""
        return shutil.which("nginx") is not None

    @property
    def base_url(self) -> str:
        """The origin of this server."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, content: bytes) -> None:
        """Place a file below the document root."""
        file = self.root / "www" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    @property
    def request_lines(self) -> list[str]:
        """The request lines in nginx's own access log."""
        return (self.root / "access.log").read_text().splitlines()

    def close(self) -> None:
        """End nginx and wait for it."""
        self._process.terminate()
        self._process.wait(PATIENCE)
