"""Writes homes as Janee 0.16 does: config.yaml in the style of js-yaml, credentials.json, encrypted values."""

from __future__ import annotations

import base64
import copy
import json
import os
import re
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .home import JaneeHome

SECRET_FIELDS: dict[str, tuple[str, ...]] = {
    "bearer": ("key",),
    "headers": ("headers",),
    "hmac-mexc": ("apiKey", "apiSecret"),
    "hmac-bybit": ("apiKey", "apiSecret"),
    "hmac-okx": ("apiKey", "apiSecret", "passphrase"),
    "service-account": ("credentials",),
    "github-app": ("privateKey",),
    "oauth1a-twitter": ("consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"),
    "aws-sigv4": ("accessKeyId", "secretAccessKey", "sessionToken"),
}
"""The fields that are encrypted, by auth type."""

LINE_WIDTH = 120

NONCE_LENGTH, TAG_LENGTH = 12, 16


class Janee016:
    """The home of an installation: 0.3.0 keeps its secrets in credentials.json, 0.2.0 inline in config.yaml."""

    def __init__(self, home: JaneeHome, version: str = "0.3.0", master_key: bytes | None = None) -> None:
        self.home = home
        self.version = version
        self.master_key = master_key or os.urandom(32)
        self.document: dict[str, Any] = {}
        """What config.yaml holds."""
        self.credentials: dict[str, Any] | None = None
        """What credentials.json holds; nothing where the values are inline."""
        home.path.mkdir(mode=0o700)

    @property
    def is_inline(self) -> bool:
        """Whether the values stand in config.yaml itself."""
        return self.version == "0.2.0"

    @property
    def encoded_key(self) -> str:
        """The master key as it is written."""
        return base64.b64encode(self.master_key).decode()

    def encrypt(self, text: str, nonce: bytes | None = None) -> str:
        """A blob: base64 of nonce, tag and ciphertext, in this order."""
        nonce = nonce or os.urandom(NONCE_LENGTH)
        sealed = AESGCM(self.master_key).encrypt(nonce, text.encode(), None)
        return base64.b64encode(nonce + sealed[-TAG_LENGTH:] + sealed[:-TAG_LENGTH]).decode()

    def save(self, config: dict[str, Any]) -> None:
        """Write a configuration whose auth blocks hold the secrets themselves."""
        config = copy.deepcopy(config)
        secrets: dict[str, Any] = {}
        for name, service in (config.get("services") or {}).items():
            encrypted = self._encrypted(service["auth"])
            if self.is_inline:
                service["auth"] |= encrypted
                continue
            for field in encrypted:
                del service["auth"][field]
            if encrypted:
                secrets[name] = encrypted
        if self.is_inline:
            self.document = {"version": self.version, "masterKey": self.encoded_key, **config}
        else:
            self.document = {"version": self.version, **config}
            self.credentials = {"masterKey": self.encoded_key, "secrets": secrets}
        self.write()

    def stored(self, service: str) -> dict[str, Any]:
        """Where the encrypted values of a service stand; change them and `write`."""
        if self.credentials is None:
            return self.document["services"][service]["auth"]
        return self.credentials["secrets"][service]

    def write(self) -> None:
        """Write the files anew, as they are held here."""
        self.home.configure(js_yaml(self.document))
        if self.credentials is not None:
            self.write_credentials(json.dumps(self.credentials, indent=2, ensure_ascii=False))

    def write_credentials(self, content: str | bytes) -> None:
        """Write credentials.json."""
        file = self.home.credentials_file
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(0o600)

    def _encrypted(self, auth: dict[str, Any]) -> dict[str, Any]:
        fields = {field: auth[field] for field in SECRET_FIELDS.get(auth["type"], ()) if field in auth}
        return {
            field: {name: self.encrypt(item) for name, item in value.items()}
            if isinstance(value, dict)
            else self.encrypt(value)
            for field, value in fields.items()
        }


# YAML as js-yaml's `dump(value, { indent: 2, lineWidth: 120 })` writes it


def js_yaml(value: dict[str, Any]) -> str:
    """The whole file."""
    return "".join(line + "\n" for line in _lines(value, 0))


def _lines(value: Any, level: int) -> list[str]:
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in _entry(f"{_scalar(key)}:", item, level + 1)]
    if isinstance(value, list) and value:
        items = [_lines(item, level + 1) for item in value]
        return [("- " if number == 0 else "  ") + line for item in items for number, line in enumerate(item)]
    assert not isinstance(value, str) or len(value) <= LINE_WIDTH - 2 * level, "long texts are supported in maps only"
    return [_scalar(value)]


def _entry(head: str, item: Any, level: int) -> list[str]:
    if isinstance(item, (dict, list)) and item:
        return [head, *("  " + line for line in _lines(item, level))]
    if isinstance(item, str) and len(item) > LINE_WIDTH - 2 * level:
        assert " " not in item and "\n" not in item, "only what cannot be folded is supported"
        return [f"{head} >-", "  " + item]
    return [f"{head} {_scalar(item)}"]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value if _is_plain(value) else "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


_AMBIGUOUS = re.compile(
    r"|~|null|true|false|y|n|yes|no|on|off|<<"
    r"|[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)"
    r"|[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)(e[-+]?[0-9]+)?"
    r"|[-+]?\.inf|\.nan|[-+]?[0-9_]+(:[0-9_]+)+(\.[0-9_]*)?"
    r"|\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(t|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(z|[-+]\d\d?(:\d\d)?))?",
    re.IGNORECASE,
)
"""What would be read as something else than text."""


def _is_plain(text: str) -> bool:
    if _AMBIGUOUS.fullmatch(text) or text[0] in " \t-?:,[]{}#&*!|=>'\"%@`" or text[-1] in " \t:":
        return False
    return ": " not in text and " #" not in text and text.isprintable()
