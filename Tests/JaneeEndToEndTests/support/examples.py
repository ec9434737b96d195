"""The YAML blocks of RFC 0005, byte for byte, from the copy beside the tests."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parents[1] / "fixtures" / "rfc-0005-examples.md").read_bytes().decode("utf-8")


def yaml_after(heading: str) -> str:
    """The first YAML block after a line of the text."""
    rest = TEXT[TEXT.index(heading) :]
    block = re.search(r"^```yaml\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE)
    assert block, f"no YAML block after {heading!r}"
    return block.group(1)
