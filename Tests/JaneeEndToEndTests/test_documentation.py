"""What the documentation and the examples show works as pasted."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((REPOSITORY / "Examples").glob("*/*.yaml"))
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


SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIRST_WORDS = ("janee", "cat", "printf")
"""What the commands of a block begin with that need nothing but a built program."""


def test_the_commands_of_the_readme_work_as_pasted(empty_home):
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in SHELL.findall(text) if block.startswith(FIRST_WORDS)]
    assert len(blocks) == 3
    env = {**empty_home.environment(), "PATH": f"{empty_home.binary.parent}:/usr/bin:/bin"}
    del env["JANEE_HOME"]
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            env=env,
            cwd=empty_home.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout.decode()}\n{done.stderr.decode()}"


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
