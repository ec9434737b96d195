"""The double of a Vault server as a program of its own, spoken to by Vault's API."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.double import Double

ROOT_TOKEN = "root"

POLICY = 'path "secret/data/mcp/*" { capabilities = ["read"] }'
"""What an agent's broker needs: reading below one path."""


class Vault(Double):
    """One server, set up as an operator would; it ends with the test."""

    def __init__(self, program: Path, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(program, "--directory", str(directory), "--root-token", ROOT_TOKEN, "--socket", str(directory / "s"))
        self.issued: list[str] = [ROOT_TOKEN]
        """Every credential that must not turn up anywhere."""

    @property
    def address(self) -> str:
        """The address over TLS."""
        return self.hello["tls_address"]

    @property
    def ca_file(self) -> str:
        """The authority of its certificate."""
        return self.hello["ca_file"]

    # Vault's API

    def api(self, method: str, path: str, body: Any = None, *, token: str = ROOT_TOKEN, status: int | None = None,
            headers: dict[str, str] | None = None) -> Any:  # fmt: skip
        """One request to the plain listener; the JSON of the answer."""
        url = urlsplit(self.hello["address"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/v1/{path}", data, {"X-Vault-Token": token, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if status is not None:
            assert answer.status == status, (method, path, answer.status, text)
        else:
            assert answer.status in (200, 204), (method, path, answer.status, text)
        return json.loads(text) if text else None

    def mount(self, path: str = "secret", version: int = 2) -> None:
        """Mount a KV engine."""
        self.api("POST", f"sys/mounts/{path}", {"type": "kv", "options": {"version": str(version)}})

    def put(self, path: str, mount: str = "secret", **fields: Any) -> None:
        """Store a secret of a KV v2 engine."""
        self.api("POST", f"{mount}/data/{path}", {"data": fields})

    def policy(self, name: str, text: str = POLICY) -> None:
        """Write a policy."""
        self.api("PUT", f"sys/policies/acl/{name}", {"policy": text})

    def approle(self, name: str = "janee", mount: str = "approle", **settings: Any) -> dict[str, str]:
        """A role with the policy of its name; the `auth` of a configuration that logs in with it."""
        role = f"auth/{mount}/role/{name}"
        self.api("POST", role, {"token_policies": [name], **settings})
        role_id = self.api("GET", f"{role}/role-id")["data"]["role_id"]
        secret_id = self.api("POST", f"{role}/secret-id", {})["data"]["secret_id"]
        self.issued.append(secret_id)
        return {"method": "approle", "roleId": role_id, "secretId": secret_id}

    def wrapped_secret_id(self, name: str = "janee") -> str:
        """A token that wraps a secret id."""
        answer = self.api(
            "POST", f"auth/approle/role/{name}/secret-id", {}, headers={"X-Vault-Wrap-TTL": "60s"}
        )  # fmt: skip
        self.issued.append(answer["wrap_info"]["token"])
        return answer["wrap_info"]["token"]

    def token(self, **settings: Any) -> str:
        """A token that an operator made."""
        token = self.api("POST", "auth/token/create", settings)["auth"]["client_token"]
        self.issued.append(token)
        return token

    def prepare(self, **role: Any) -> dict[str, str]:
        """A policy and a role; a KV engine is at `secret` from the start."""
        self.api("POST", "sys/auth/approle", {"type": "approle"})
        self.policy("janee")
        return self.approle(**role)

    # The double's own

    def fault(self, name: str, **details: Any) -> None:
        """Make requests fail from now on."""
        self.do("fault", name=name, **details)

    def counters(self) -> dict[str, int]:
        """How many requests of each kind have come."""
        return self.do("requests")["counts"]

    def provider(self, auth: dict[str, Any], **settings: Any) -> dict[str, Any]:
        """The configuration of a provider that reads from it."""
        return {
            "type": "hashicorp-vault", "address": self.address, "auth": auth, "tls": {"caFile": self.ca_file},
            **settings,
        }  # fmt: skip
