"""A vault of Azure, its directory and its platforms, as a program of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.double import Double

MANAGED = {"method": "managed-identity"}


class Azure(Double):
    """Our doubles of Key Vault, of a directory and of what gives identities; they end with the test."""

    def __init__(self, program: Path, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(program, str(directory))

    @property
    def environment(self) -> dict[str, str]:
        """What points programs at them, as Microsoft's tools have it."""
        return {
            "AZURE_AUTHORITY_HOST": self.hello["directory"],
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": self.hello["platform"],
        }

    def principal(self, secret: str = "daemon-app-secret") -> dict[str, Any]:
        """`auth` with a service principal and its secret."""
        ids = {"tenantId": self.hello["tenant"], "clientId": self.hello["client"]}
        return {"method": "service-principal", **ids, "clientSecret": secret}

    def application(self, certificate: Path) -> dict[str, Any]:
        """`auth` with a service principal and its certificate."""
        ids = {"tenantId": self.hello["tenant"], "clientId": self.hello["client"]}
        return {"method": "certificate", **ids, "certificateFile": str(certificate)}

    def provider(self, auth: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
        """The configuration of a provider that reads from the vault."""
        return {
            "type": "azure-key-vault", "vaultUrl": self.hello["vault"], "auth": auth or MANAGED,
            "tls": {"caFile": self.hello["ca_file"]}, **settings,
        }  # fmt: skip
