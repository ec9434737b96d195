"""Janee with one provider, `live`, at the server under test."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.config import capability, service
from support.home import Completed, JaneeHome
from support.stdio import StdioServer, ToolResult
from support.upstream import Upstream

from .server import AppRole, Server


class Janee:
    """A home, and what its program answers."""

    def __init__(self, home: JaneeHome, server: Server, upstream: Upstream) -> None:
        self.home = home
        self.upstream = upstream
        self._server = server

    def file(self, name: str, content: str) -> str:
        """A file with a credential, as a reference to it in the configuration."""
        path = Path(self.home.root / name)
        path.write_text(content + "\n")
        path.chmod(0o600)
        return f"${{file:{path}}}"

    def approle(self, role: AppRole, **extra: Any) -> dict[str, Any]:
        """The `auth` of a role."""
        return {
            "method": "approle",
            "mount": role.mount,
            "roleId": role.role_id,
            "secretId": self.file("secret-id", role.secret_id),
            **extra,
        }

    def configure(
        self,
        mount: str,
        auth: dict[str, Any],
        *keys: Any,
        security: dict[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        """One provider, and for each of the keys a service `s0`, `s1`, … with a capability of its name."""
        provider: dict[str, Any] = {"type": "hashicorp-vault", "address": self._server.address, "mountPath": mount}
        if self._server.namespace:
            provider["namespace"] = self._server.namespace
        if self._server.ca_file:
            provider["tls"] = {"caFile": self._server.ca_file}
        if networks := self._server.private_network:
            provider["network"] = {"allow": networks}
        tls = {**provider.get("tls", {}), **fields.pop("tls", {})}
        config: dict[str, Any] = {
            "providers": {"live": {**provider, **({"tls": tls} if tls else {}), **fields, "auth": auth}}
        }
        services = {f"s{number}": service(self.upstream.base_url, key) for number, key in enumerate(keys)}
        if services:
            config |= {"services": services, "capabilities": {name: capability(name) for name in services}}
        if security:
            config["security"] = security
        self.home.configure(config)

    # Commands

    def get(self, path: str) -> str:
        """The value of a secret."""
        return self.home.run("secret", "get", f"live://{path}", "--reveal").expect(0).output

    def failure(self, path: str) -> dict[str, Any]:
        """How reading a secret fails."""
        answer = self.home.run("secret", "get", f"live://{path}", "--json").expect(1).json
        assert answer["ok"] is False
        return answer

    def code(self, path: str) -> str:
        """The code with which reading a secret fails."""
        return self.failure(path)["code"]

    def ask(self, *arguments: str) -> Completed:
        """A command about the provider that answers in JSON."""
        return self.home.run("provider", *arguments, "--json")

    # Servers

    def serve(self) -> Serving:
        """A running server."""
        return Serving(self.home.serve(), self.upstream)


class Serving:
    """A server, and the keys that the upstream got from it."""

    def __init__(self, process: StdioServer, upstream: Upstream) -> None:
        self.process = process
        self._upstream = upstream

    def call(self, number: int = 0) -> ToolResult:
        """A call of one of the services."""
        return self.process.execute(path="/x", capability=f"s{number}")

    def key(self, number: int = 0) -> str:
        """The key that the upstream got in a call that succeeded."""
        result = self.call(number)
        assert not result.is_error, f"{result.text}\n{self.log}"
        return self._upstream.requests[-1].header("authorization").removeprefix("Bearer ")

    def keeps_serving(self, value: str, seconds: float, every: float = 0.5) -> None:
        """Call again and again; each call must have the key."""
        self.repeat(lambda: self._check(value), seconds, every)

    @staticmethod
    def repeat(action: Callable[[], None], seconds: float, every: float) -> None:
        """Do something again and again for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            action()
            time.sleep(every)

    def _check(self, value: str) -> None:
        assert self.key() == value

    @property
    def log(self) -> str:
        """What it has logged."""
        return self.process.stderr.decode(errors="replace")

    def stop(self) -> None:
        """End it in good order."""
        assert self.process.stop() == 0, self.log
