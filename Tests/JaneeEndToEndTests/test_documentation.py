"""What the documentation and the examples show works as pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((REPOSITORY / "examples").rglob("*.yaml"))
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"<<'YAML'\n(.*?)^YAML$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Every configuration that a page shows."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for number, block in enumerate(FENCE.findall(text) + HEREDOC.findall(text), 1):
            found.append((f"{page.relative_to(REPOSITORY)} #{number}", block))
    return found


BLOCKS = blocks()


def test_there_are_examples_and_blocks():
    assert len(EXAMPLES) >= 5
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_example_is_valid(home, example):
    home.configure(example.read_text(encoding="utf-8"))
    answer = home.run("config", "validate", "--json").expect(0).json
    assert answer["ok"] is True
    assert answer["services"]


@pytest.mark.parametrize("block", [text for _, text in BLOCKS], ids=[name for name, _ in BLOCKS])
def test_configuration_shown_is_valid(home, block):
    home.configure(block)
    home.run("config", "validate").expect(0)
