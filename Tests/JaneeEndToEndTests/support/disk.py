"""A small file system of its own, which can be filled and made read-only."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest


class Disk:
    """A tmpfs; a test that may not mount one is skipped."""

    def __init__(self, path: Path, size: str = "1m", inodes: int = 1000) -> None:
        self.path = path
        path.mkdir()
        done = self._mount("-t", "tmpfs", "-o", f"size={size},nr_inodes={inodes},mode=700", "tmpfs", str(path))
        if done.returncode != 0:
            why = done.stderr.decode(errors="replace").strip()
            assert "permi" in why or "superuser" in why, f"mount failed: {why}"
            pytest.skip(f"no tmpfs can be mounted here: {why}")

    def fill(self) -> None:
        """Use up every block."""
        with open(self._filler, "ab", buffering=0) as filler:
            for size in (65536, 4096, 1):
                self._exhaust(lambda size=size: filler.write(b"x" * size))

    def use_up_inodes(self) -> None:
        """Leave room for data, but for no further file."""
        self._filler.mkdir()
        numbers = iter(range(1_000_000))
        self._exhaust(lambda: (self._filler / str(next(numbers))).touch())

    def free(self) -> None:
        """Take back what was used up."""
        if self._filler.is_dir():
            for file in self._filler.iterdir():
                file.unlink()
            self._filler.rmdir()
        else:
            self._filler.unlink()

    def set_read_only(self, read_only: bool) -> None:
        """Allow writing no more, or again; nothing may be open for writing."""
        done = self._mount("-o", "remount,ro" if read_only else "remount,rw", str(self.path))
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        """Unmount, whatever is still open."""
        subprocess.run(["umount", "-l", str(self.path)], check=True, capture_output=True)

    @property
    def _filler(self) -> Path:
        return self.path / "filler"

    @staticmethod
    def _exhaust(take) -> None:
        """Take until the disk has no more."""
        try:
            while take() != 0:
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC, error

    @staticmethod
    def _mount(*arguments: str) -> subprocess.CompletedProcess:
        try:
            return subprocess.run(["mount", *arguments], capture_output=True, env={**os.environ, "LC_ALL": "C"})
        except FileNotFoundError:
            pytest.skip("there is no command 'mount'")
