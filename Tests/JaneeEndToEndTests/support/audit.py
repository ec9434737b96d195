"""Reading audit files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def read_records(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Every record of the files; a line that is not JSON fails the test."""
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def of_calls(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of tool calls (intents, outcomes, denials), without those of commands."""
    return [record for record in records if record.get("capability") is not None]


def phases(records: Iterable[dict[str, Any]]) -> list[str]:
    """The phases of the calls' records, in order."""
    return [record["phase"] for record in of_calls(records)]


def pairs(records: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The calls' records by id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in of_calls(records):
        found.setdefault(record["id"], []).append(record)
    return found


def mentions(document: Any, *, record: dict[str, Any], line: int) -> bool:
    """Whether a report of `logs verify` names a record by its id, sequence number or line."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key.lower().startswith("seq") and value == record["seq"]:
                return True
            if key.lower().startswith("line") and value == line:
                return True
            if mentions(value, record=record, line=line):
                return True
        return False
    if isinstance(document, list):
        return any(mentions(item, record=record, line=line) for item in document)
    if not isinstance(document, str):
        return False
    return record["id"] in document or ("record" in document and str(record["seq"]) in re.findall(r"\d+", document))
