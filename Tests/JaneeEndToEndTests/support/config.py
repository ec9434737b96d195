"""Building blocks of config.yaml, and a writer for the YAML that they need."""

from __future__ import annotations

import json
from typing import Any


def service(base_url: str, key: Any = "api-key", **extra: Any) -> dict[str, Any]:
    """A bearer service."""
    return {"baseUrl": base_url, "auth": {"type": "bearer", "key": key}, **extra}


def capability(service: str = "api", **extra: Any) -> dict[str, Any]:
    """A capability that is usable unless `extra` says otherwise."""
    return {"service": service, "ttl": "1h", "autoApprove": True, **extra}


def rules(allow: list[str] | None = None, deny: list[str] | None = None) -> dict[str, list[str]]:
    """The `rules` block; what is not given is not written."""
    return {name: patterns for name, patterns in (("allow", allow), ("deny", deny)) if patterns is not None}


def one_api(base_url: str, **capability_extra: Any) -> dict[str, Any]:
    """The smallest useful configuration: a service `api` with the capability `api`."""
    return {"services": {"api": service(base_url)}, "capabilities": {"api": capability(**capability_extra)}}


def to_yaml(value: Any, indent: int = 0) -> str:
    """Block-style YAML for maps, lists and scalars; every string is double-quoted."""
    pad = " " * indent
    if isinstance(value, dict):
        return "".join(f"{pad}{_scalar(name)}:{_nested(item, indent)}" for name, item in value.items())
    if isinstance(value, list):
        return "".join(f"{pad}- {_scalar(item)}\n" for item in value)
    return f"{pad}{_scalar(value)}\n"


def _nested(item: Any, indent: int) -> str:
    if isinstance(item, (dict, list)) and item:
        return "\n" + to_yaml(item, indent + 2)
    return f" {_scalar(item)}\n"


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
