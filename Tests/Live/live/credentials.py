"""Keys, JSON web tokens and client certificates, made by the command `openssl`."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any


class Issuer:
    """An issuer of signed tokens with an RSA key of its own."""

    def __init__(self, directory: Path) -> None:
        self._key = directory / "issuer.pem"
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self._key))
        self.public_key = _openssl("pkey", "-in", str(self._key), "-pubout").decode()

    def token(self, lifetime: float = 300, **claims: Any) -> str:
        """A token that is valid for so many seconds."""
        now = int(time.time())
        body = {"iat": now, "nbf": now - 60, "exp": int(now + lifetime), **claims}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(body)}"
        signature = _openssl("dgst", "-sha256", "-sign", str(self._key), input=signed.encode())
        return f"{signed}.{_base64(signature)}"


class ClientCertificate:
    """A certificate of a client that signs itself."""

    def __init__(self, directory: Path, name: str) -> None:
        self.file, self.key = directory / "client.pem", directory / "client-key.pem"
        self.both = directory / "client-both.pem"
        settings = directory / "client.cnf"
        settings.write_text(
            "[req]\ndistinguished_name = name\nx509_extensions = extensions\nprompt = no\n"
            f"[name]\nCN = {name}\n"
            "[extensions]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, digitalSignature, keyCertSign\n"
            "extendedKeyUsage = clientAuth\n"
        )
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.key))
        _openssl(
            *("req", "-new", "-x509", "-days", "2", "-config", str(settings)),
            *("-key", str(self.key), "-out", str(self.file)),
        )
        self.key.chmod(0o600)
        self.both.write_text(self.key.read_text() + self.file.read_text())
        self.both.chmod(0o600)


def _openssl(*arguments: str, input: bytes | None = None) -> bytes:
    done = subprocess.run(["openssl", *arguments], input=input, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
