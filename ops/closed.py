"""What lies under `var/` is for its owner alone: files 0600, folders 0700."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077
_SHOWN_ONCE = b'"secret_key"'  # a line of an older setup.log that holds what seed-demo printed


def close(folder: Path) -> None:
    """Take the rights of everybody else from the folder and all in it. What is in a folder that is closed is out of
    their reach, so only open ones are looked into: a start does not read a store of a million files."""
    with suppress(OSError):  # another account's, such as the database's: it looks after its own
        is_open = _mode(folder) & _OTHERS & ~_passage(folder)
        for entry in os.scandir(folder):
            if entry.is_symlink():
                continue
            if not entry.is_dir():
                _narrow(Path(entry.path))
            elif is_open or _mode(Path(entry.path)) & _OTHERS:
                close(Path(entry.path))
        if is_open:
            folder.chmod(0o700)


def let_pass(folder: Path, group: int) -> None:
    """Let an account through a closed folder of ours, to its own folder inside: by its group, without seeing names."""
    os.chown(folder, -1, group)
    folder.chmod(0o710)


def forget_secrets(log: Path) -> None:
    """Take out of a log the lines in which an older version wrote keys and a password."""
    with suppress(OSError):
        text = log.read_bytes()
        if _SHOWN_ONCE in text:
            remaining = [line for line in text.splitlines(keepends=True) if _SHOWN_ONCE not in line]
            log.write_bytes(b"".join(remaining))


def _narrow(path: Path) -> None:
    with suppress(OSError):
        mode = _mode(path)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _passage(folder: Path) -> int:
    """The right that `let_pass` gave."""
    return 0o010 if _mode(folder) == 0o710 else 0
