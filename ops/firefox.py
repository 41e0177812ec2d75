"""The second browser, for the long tests: the one that is there, else Debian's package unpacked under .cache."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ops.console import OpsError, step
from ops.paths import CACHE

HOME = CACHE / "firefox"
NAMES = ("firefox-esr", "firefox")
PACKAGE = "firefox-esr"
NONE_FOUND = """there is no Firefox for the long tests, and Debian's could not be fetched: {why}
  Install one (on Debian: apt-get install firefox-esr), or name one:  FIREFOX=/path/to/firefox"""


@dataclass(frozen=True)
class Firefox:
    """How to start it: the program, and what to add to its environment."""

    program: Path
    env: dict[str, str] = field(default_factory=dict)


def find() -> Firefox:
    """The Firefox of this machine; unpacks Debian's under .cache, installing nothing, when there is none.

    Raises:
        OpsError: $FIREFOX names nothing, or apt cannot fetch the package.
    """
    for name in [os.environ["FIREFOX"]] if "FIREFOX" in os.environ else NAMES:
        program = shutil.which(name)
        if program:
            return Firefox(Path(program))
    if "FIREFOX" in os.environ:
        raise OpsError(f"FIREFOX names {os.environ['FIREFOX']}, which is no program.")
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HOME / "complete").exists():
            with step("Fetching Debian's Firefox for the long tests (80 MB)"):
                _fetch()
            (HOME / "complete").touch()
    libraries = HOME / "root" / "usr" / "lib" / f"{platform.machine()}-linux-gnu"
    return Firefox(HOME / "root" / "usr" / "lib" / PACKAGE / PACKAGE, {"LD_LIBRARY_PATH": str(libraries)})


def _fetch() -> None:
    """The package, and those it needs that are not installed; apt checks what it fetches. Nobody need be root."""
    # An empty cache, or what lies in the machine's own is not listed.
    cache = HOME / "archives"
    (cache / "partial").mkdir(parents=True, exist_ok=True)
    options = ("-o", f"Dir::Cache::archives={cache}", "-o", "Debug::NoLocking=1")
    listed = _run("apt-get", "install", "--print-uris", "-qq", "-y", "--no-install-recommends", *options, PACKAGE)
    # 'address' name_version_architecture.deb size hash
    names = [line.split()[1].partition("_")[0] for line in listed.splitlines() if line.startswith("'")]
    _run("apt-get", "download", "-qq", *names)
    for archive in sorted(HOME.glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), "root")
        archive.unlink()


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    except OSError as error:
        raise OpsError(NONE_FOUND.format(why=f"there is no {command[0]}.")) from error
    if done.returncode:
        raise OpsError(NONE_FOUND.format(why=(done.stderr or done.stdout).strip()[-600:]))
    return done.stdout
