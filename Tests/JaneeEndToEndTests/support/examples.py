"""The YAML blocks of RFC 0005, byte for byte, from the copy that the unit tests read too."""

from __future__ import annotations

import re
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "JaneeConfigTests" / "Fixtures"
TEXT = (FIXTURES / "rfc-0005.md").read_bytes().decode("utf-8")


def yaml_after(heading: str) -> str:
    """The first YAML block after a line of the text."""
    rest = TEXT[TEXT.index(heading) :]
    block = re.search(r"^```yaml\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE)
    assert block, f"no YAML block after {heading!r}"
    return block.group(1)
