"""A running Vault or OpenBao over its plain HTTP API, and what the tests make in it."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 15.0
"""Seconds after which a wait for the server is given up."""


@dataclass
class Answer:
    """What the server said."""

    status: int
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def data(self) -> dict[str, Any]:
        """The data of a success."""
        return self.body.get("data") or {}


@dataclass
class Server:
    """The server at `VAULT_ADDR`, asked as its administrator."""

    address: str
    token: str
    ca_file: str | None = None
    namespace: str | None = None

    @classmethod
    def from_environment(cls) -> Server:
        """The one that the variables of Vault's own command-line tool name."""
        environment = os.environ
        return cls(
            environment["VAULT_ADDR"].rstrip("/"),
            environment["VAULT_TOKEN"],
            environment.get("VAULT_CACERT") or None,
            environment.get("VAULT_NAMESPACE") or None,
        )

    @property
    def is_https(self) -> bool:
        """Whether the server is asked over TLS."""
        return self.address.startswith("https://")

    @property
    def private_network(self) -> list[str]:
        """The private addresses of the server, as `network.allow` wants them."""
        parts = urllib.parse.urlsplit(self.address)
        found = {entry[4][0] for entry in socket.getaddrinfo(parts.hostname, parts.port or 443)}
        addresses = [ipaddress.ip_address(address.split("%")[0]) for address in found]
        return [
            f"{address}/{address.max_prefixlen}"
            for address in addresses
            if address.is_private and not address.is_loopback
        ]

    def inside(self, namespace: str) -> Server:
        """The same server in a namespace below this one."""
        full = "/".join(part for part in (self.namespace, namespace) if part)
        return Server(self.address, self.token, self.ca_file, full)

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        client_certificate: Path | None = None,
    ) -> Answer:
        """One request; every status is an answer."""
        sent = {"X-Vault-Token": token or self.token, "X-Vault-Request": "true", **(headers or {})}
        if self.namespace:
            sent["X-Vault-Namespace"] = self.namespace
        request = urllib.request.Request(
            f"{self.address}/v1/{urllib.parse.quote(path)}",
            data=None if body is None else json.dumps(body).encode(),
            headers=sent,
            method=method,
        )
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.is_https:
            context = ssl.create_default_context(cafile=self.ca_file)
            if client_certificate:
                context.load_cert_chain(client_certificate)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=PATIENCE) as response:
                return Answer(response.status, _object(response.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _object(error.read()))

    def do(self, method: str, path: str, body: dict[str, Any] | None = None, **rest: Any) -> Answer:
        """One request that must succeed."""
        answer = self.ask(method, path, body, **rest)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.body.get('errors')}"
        return answer


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


@dataclass
class AppRole:
    """A role of an AppRole mount."""

    mount: str
    name: str
    role_id: str
    secret_id: str


@dataclass
class Site:
    """The mounts, roles and policies of one run: under one prefix, and removed at its end."""

    server: Server
    prefix: str = field(default_factory=lambda: f"janee-live-{secrets.token_hex(4)}")
    _undo: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def name(self, kind: str) -> str:
        """A name that nothing else has."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{self.prefix}-{kind}-{number}"

    def inside(self, namespace: str) -> Site:
        """The same site in a namespace below; what is made there is removed with the rest."""
        return Site(self.server.inside(namespace), self.prefix, self._undo, self._numbers)

    # Secrets

    def kv(self, version: int, mount: str | None = None) -> str:
        """A new KV engine."""
        mount = mount or self.name(f"kv{version}")
        server = self.server
        server.do("POST", f"sys/mounts/{mount}", {"type": "kv", "options": {"version": str(version)}})
        self._later(f"mount {mount}", lambda: server.do("DELETE", f"sys/mounts/{mount}"))
        if version == 2:
            # A new engine of version 2 prepares itself for a moment and refuses everything meanwhile.
            self._until(lambda: server.ask("GET", f"{mount}/data/none").status == 404, f"{mount} is not ready")
        return mount

    def put(self, mount: str, path: str, **fields: Any) -> None:
        """Write a secret, or its next version, into an engine of version 2."""
        self.server.do("POST", f"{mount}/data/{path}", {"data": fields})

    def policy(self, rules: dict[str, list[str]]) -> str:
        """A new policy of paths and what may be done there."""
        name, server = self.name("policy"), self.server
        text = "".join(f'path "{path}" {{ capabilities = {json.dumps(rights)} }}\n' for path, rights in rules.items())
        server.do("PUT", f"sys/policies/acl/{name}", {"policy": text})
        self._later(f"policy {name}", lambda: server.do("DELETE", f"sys/policies/acl/{name}"))
        return name

    def reading(self, *paths: str) -> str:
        """A new policy that may read these paths and nothing else."""
        return self.policy({path: ["read"] for path in paths})

    # Logins

    def auth(self, kind: str, mount: str | None = None) -> str:
        """A new mount of an auth method; a test of one that the server does not have is skipped."""
        mount = mount or self.name(kind)
        server = self.server
        if not server.ask("POST", f"sys/auth/{mount}", {"type": kind}).ok:
            pytest.skip(f"the server has no login with {kind}")
        self._later(f"auth {mount}", lambda: self._disable_auth(server, mount))
        return mount

    def approle(self, policy: str, mount: str | None = None, **options: Any) -> AppRole:
        """A new role with one secret id."""
        mount = mount or self.auth("approle")
        role = self.name("role")
        self.server.do("POST", f"auth/{mount}/role/{role}", {"token_policies": [policy], **options})
        role_id = self.server.do("GET", f"auth/{mount}/role/{role}/role-id").data["role_id"]
        return AppRole(mount, role, role_id, self.secret_id(mount, role))

    def secret_id(self, mount: str, role: str) -> str:
        """Another secret id of a role."""
        return self.server.do("POST", f"auth/{mount}/role/{role}/secret-id", {}).data["secret_id"]

    def wrapped_secret_id(self, role: AppRole) -> str:
        """A wrapping token with a new secret id of a role in it."""
        path = f"auth/{role.mount}/role/{role.name}/secret-id"
        answer = self.server.do("POST", path, {}, headers={"X-Vault-Wrap-TTL": "120s"})
        return answer.body["wrap_info"]["token"]

    def new_token(self, policy: str, **options: Any) -> dict[str, Any]:
        """A new token: the `auth` of the answer."""
        auth = self.server.do("POST", "auth/token/create", {"policies": [policy], **options}).body["auth"]
        server = self.server
        # It may have expired or been revoked by then.
        self._later("a token", lambda: server.ask("POST", "auth/token/revoke-accessor", {"accessor": auth["accessor"]}))
        return auth

    # Tokens that Janee has logged in for

    def accessors(self) -> set[str] | None:
        """The accessors of all tokens, or nothing if the server does not list them."""
        answer = self.server.ask("LIST", "auth/token/accessors")
        return set(answer.data.get("keys") or []) if answer.ok else None

    def logins_since(self, before: set[str] | None, mount: str) -> set[str] | None:
        """The accessors of living tokens that logins at a mount have given since."""
        now = self.accessors()
        if now is None or before is None:
            return None
        return {accessor for accessor in now - before if self._path_of(accessor).startswith(f"auth/{mount}/")}

    def is_alive(self, accessor: str) -> bool:
        """Whether a token is still valid."""
        return self.server.ask("POST", "auth/token/lookup-accessor", {"accessor": accessor}).ok

    def revoke(self, accessor: str) -> None:
        """End a token."""
        self.server.do("POST", "auth/token/revoke-accessor", {"accessor": accessor})

    def _path_of(self, accessor: str) -> str:
        return self.server.ask("POST", "auth/token/lookup-accessor", {"accessor": accessor}).data.get("path", "")

    # More

    def namespace(self, name: str | None = None) -> str | None:
        """A new namespace, or nothing if the server has none."""
        name = name or self.name("namespace")
        server = self.server
        if not server.ask("POST", f"sys/namespaces/{name}", {}).ok:
            return None
        # A server without namespaces may ignore the header instead of refusing the path.
        if not server.inside(name).ask("GET", "sys/mounts").ok or name + "/" not in _namespaces(server):
            return None
        self._later(f"namespace {name}", lambda: self._remove_namespace(server, name))
        return name

    def rate_limit(self, mount: str, rate: float, interval: str) -> bool:
        """Limit the requests to a mount; whether the server can."""
        name, server = self.name("quota"), self.server
        limit = {"path": f"{mount}/", "rate": rate, "interval": interval}
        if not server.ask("POST", f"sys/quotas/rate-limit/{name}", limit).ok:
            return False
        self._later(f"quota {name}", lambda: server.do("DELETE", f"sys/quotas/rate-limit/{name}"))
        return True

    # The end

    def remove(self) -> None:
        """Remove everything, the newest first; what could not be removed is reported."""
        left = []
        while self._undo:
            what, undo = self._undo.pop()
            try:
                undo()
            except (AssertionError, OSError) as error:
                left.append(f"{what}: {error}")
        assert not left, "left on the server: " + "; ".join(left)

    def _later(self, what: str, undo: Callable[[], Any]) -> None:
        self._undo.append((what, undo))

    def _disable_auth(self, server: Server, mount: str) -> None:
        """Logins leave entities, which outlive the mount of their alias."""
        aliases = server.ask("LIST", "identity/entity-alias/id").data.get("key_info") or {}
        for alias in aliases.values():
            if alias.get("mount_path") == f"auth/{mount}/":
                server.ask("DELETE", f"identity/entity/id/{alias['canonical_id']}")
        server.do("DELETE", f"sys/auth/{mount}")

    def _remove_namespace(self, server: Server, name: str) -> None:
        server.do("DELETE", f"sys/namespaces/{name}")
        self._until(lambda: name + "/" not in _namespaces(server), f"namespace {name} does not go away")

    @staticmethod
    def _until(holds: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, complaint
            time.sleep(0.1)


def _namespaces(server: Server) -> list[str]:
    return server.ask("LIST", "sys/namespaces").data.get("keys") or []
