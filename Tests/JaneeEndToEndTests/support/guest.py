"""A home of a user who is not root, because root may do everything."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

from .home import JaneeHome

NOBODY = 65534
BECOME_NOBODY = f"""
import os, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
os.execv(sys.argv[1], sys.argv[1:])
"""


class Guest(JaneeHome):
    """Its commands and servers run as a user without rights; without root, as oneself."""

    def __init__(self, binary: Path, root: Path) -> None:
        super().__init__(binary, root)
        if os.geteuid() == 0:
            os.chown(root, NOBODY, NOBODY)
            self._identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def allow(self) -> None:
        """Let the user reach the program, which may lie in somebody else's home."""
        above = [self.binary, *self.binary.parents]
        if self._identity and not all(path.stat().st_mode & stat.S_IXOTH for path in above):
            self.binary = Path(shutil.copy(self.binary, self.root / "janee"))
            self.binary.chmod(0o755)

    def server_command(self) -> list[str]:
        """The command line that starts the server."""
        change = [sys.executable, "-c", BECOME_NOBODY] if self._identity else []
        return [*change, str(self.binary), "serve"]

    def give(self, path: Path) -> None:
        """Make the user the owner of a file."""
        if self._identity:
            os.chown(path, NOBODY, NOBODY)
