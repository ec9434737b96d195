"""Finding a secret in output, however it is encoded."""

from __future__ import annotations

import base64
import json
import secrets
import string
import urllib.parse
from collections.abc import Iterator
from typing import Any

WINDOW = 12
"""A piece of the secret of this many characters counts as a leak."""

ENCODED_WINDOW = 20
"""The same for encoded forms, which are longer."""

LETTERS = string.ascii_letters + string.digits


def random_letters(count: int) -> str:
    """So many random letters and digits."""
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def plain_canary() -> str:
    """A key of letters and digits, as many vendors make them."""
    return "sk_live_" + random_letters(32)


def awkward_canary() -> str:
    """A key whose base64 needs every special character of both alphabets, at each alignment."""
    return random_letters(5) + "?>~/+=" + random_letters(4) + "~~~???>>>" + random_letters(9) + "==" + random_letters(2)


def canary_of_length(remainder: int) -> str:
    """A key whose length leaves this remainder when divided by three."""
    return random_letters(30 + remainder)


class LeakDetector:
    """Knows one secret and looks for it in bytes."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        data = secret.encode()
        self._forms: dict[str, set[bytes]] = {"exact": _windows(data, WINDOW)}
        for offset in range(3):
            inner = _base64_inner(data, offset)
            self._forms[f"base64 at alignment {offset}"] = _windows(inner, ENCODED_WINDOW)
            url_inner = inner.translate(bytes.maketrans(b"+/", b"-_"))
            self._forms[f"base64url at alignment {offset}"] = _windows(url_inner, ENCODED_WINDOW)
        self._hex = _windows(data.hex().encode(), ENCODED_WINDOW)

    def find(self, data: bytes) -> list[str]:
        """The forms of the secret that the data holds, also inside JSON strings and percent-encoding."""
        found = set()
        for view in _views(data):
            for form, needles in self._forms.items():
                if any(needle in view for needle in needles):
                    found.add(form)
            if any(needle in view.lower() for needle in self._hex):
                found.add("hex")
        return sorted(found)

    def check(self, **sources: bytes | bytearray) -> None:
        """Fail, naming source and form, when any of the sources holds the secret."""
        leaks = {name: forms for name, data in sources.items() if (forms := self.find(bytes(data)))}
        assert not leaks, f"the secret leaked: {leaks}"


def _windows(data: bytes, width: int) -> set[bytes]:
    width = min(width, len(data))
    return {data[start : start + width] for start in range(len(data) - width + 1)}


def _base64_inner(data: bytes, offset: int) -> bytes:
    """The characters of base64 that depend on the secret alone when `offset` bytes precede it."""
    encoded = base64.b64encode(b"\0" * offset + data)
    first = {0: 0, 1: 2, 2: 3}[offset]
    last = {0: 0, 1: 3, 2: 2}[(offset + len(data)) % 3]
    return encoded[first : len(encoded) - last]


def _views(data: bytes) -> Iterator[bytes]:
    """The data as it is, percent-decoded, and the strings of any JSON in it, however deep."""
    yield data
    if b"%" in data:
        yield urllib.parse.unquote_to_bytes(data)
    for line in [data, *data.splitlines()]:
        strings = list(_strings_of_json(line))
        if strings:
            yield "\n".join(strings).encode("utf-8", "surrogatepass")


def _strings_of_json(text: bytes | str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except ValueError:
        return
    yield from _strings(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value
        if value[:1] in ("{", "[", '"'):
            yield from _strings_of_json(value)
        yield from _decoded_base64(value)


def _decoded_base64(value: str) -> Iterator[str]:
    """A string that is base64 of a whole (a binary body) is looked into as well."""
    if len(value) < 8 or len(value) % 4:
        return
    try:
        decoded = base64.b64decode(value, validate=True)
    except ValueError:
        return
    yield decoded.decode("latin-1")
