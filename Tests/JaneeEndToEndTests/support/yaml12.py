"""YAML as an editor reads it: version 1.2, without dates."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

CONDITIONAL = re.compile(r"^(\s*\w+: )(\$\{.* \? .* : .*)$", re.MULTILINE)


class _Constructor(SafeConstructor):
    """Dates stay text."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(text: str) -> Any:
    """One document as JSON-like data; the one form that is not YAML is quoted, as an editor demands."""
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _Constructor
    return reader.load(CONDITIONAL.sub(lambda match: match[1] + "'" + match[2].replace("'", "''") + "'", text))
