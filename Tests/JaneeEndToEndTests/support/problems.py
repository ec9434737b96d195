"""The table of problems, which the unit tests read too: files with what is found in them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .examples import FIXTURES


@dataclass
class ProblemFile:
    """A file of the table."""

    name: str
    text: str = ""
    problems: list[str] = field(default_factory=list)
    #: What the JSON Schema makes of it: "rejects", "accepts", or "cannot read" where it is no YAML.
    schema: str = "rejects"


def read_problems() -> list[ProblemFile]:
    """All files, in order."""
    files: list[ProblemFile] = []
    for line in (FIXTURES / "problems.txt").read_text(encoding="utf-8").splitlines(keepends=True):
        content = line.rstrip("\n")
        if line.startswith("#= "):
            files.append(ProblemFile(content[3:]))
        elif line.startswith("#> "):
            files[-1].problems.append(content[3:])
        elif line.startswith("#! schema "):
            files[-1].schema = content.removeprefix("#! schema ")
        else:
            files[-1].text += line
    return files
