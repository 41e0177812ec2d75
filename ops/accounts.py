"""Which account runs the embedded database.

PostgreSQL refuses to run as root. An ordinary user runs it as himself. Root lends it an account that exists
already and can reach the files; where none can (a checkout under a closed home), root steps into a user
namespace, in which he is nobody; where that is not allowed, the programs and the data move to /var/lib.
No account is made, and no directory of the person's is opened.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from ops import child, closed
from ops.child import MYSELF, Identity
from ops.console import OpsError
from ops.paths import VAR, fingerprint

ELSEWHERE = Path("/var/lib/bursar")
NO_ACCOUNT = """PostgreSQL does not run as root, and this machine offers no way around it:
  no account named postgres or nobody, no user namespaces, and {elsewhere} cannot be written.
  Run the command as an ordinary user, or give DATABASE_URL."""


@dataclass(frozen=True)
class Place:
    """Where a server's programs (`bin`) and its `home` lie, and as whom it runs."""

    bin: Path
    home: Path
    identity: Identity


def choose(package: Path, home: Path) -> Place:
    """Find a way to run the PostgreSQL of `package` with its data in `home` (which exists, and is ours).

    Raises:
        OpsError: the data belongs to someone else, or there is no way.
    """
    programs = package / "pginstall" / "bin"
    owner = _owner_of_data(home)
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise OpsError(f"{home} belongs to {name(owner)}; run the command as root or as {name(owner)}.")
        return Place(programs, home, _myself())
    for identity in _candidates(owner):
        _let_through(home.parent, identity)
        if _can_run(programs, home.parent, identity):
            return Place(programs, home, identity)
    return _moved_out(package, home)


def name(uid: int) -> str:
    """The account's name, or `user 1234` where the machine knows none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _myself() -> Identity:
    """Ourselves; as nobody when the machine has no name for us (containers), for initdb wants one."""
    return replace(MYSELF, namespace=name(MYSELF.uid).startswith("user "))


def _owner_of_data(home: Path) -> int | None:
    data = home / "data"
    return data.stat().st_uid if data.exists() else None


def _candidates(owner: int | None) -> list[Identity]:
    """Accounts to try, best first; only the one which owns the data when there is data already."""
    namespace = Identity(0, 0, namespace=True)
    if owner is not None:
        return [namespace] if owner == 0 else [Identity(owner, _group(owner))]
    found = []
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(Identity(entry.pw_uid, entry.pw_gid))
    return [*found, namespace]


def _let_through(folder: Path, identity: Identity) -> None:
    """Our own `var/` is closed: the account gets through it to its home, and through nothing else."""
    if folder == VAR and identity.is_other:
        closed.let_pass(folder, identity.gid)
    elif folder == VAR:
        folder.chmod(0o700)


def _can_run(programs: Path, around: Path, identity: Identity) -> bool:
    """Whether this account can start the programs, and reach what lies in the folder `around` its home."""
    try:
        runs = child.run([programs / "postgres", "--version"], identity=identity).returncode == 0
        reaches = child.run(["/bin/sh", "-c", 'cd "$1"', "sh", around], identity=identity).returncode == 0
    except (OSError, subprocess.SubprocessError):  # the latter when no namespace may be made
        return False
    return runs and reaches


def _moved_out(package: Path, home: Path) -> Place:
    """Copy the programs to a place which every account can read, and keep the data beside them."""
    elsewhere = ELSEWHERE / fingerprint(str(home))
    copy = elsewhere / "programs"
    try:
        for folder in (ELSEWHERE, elsewhere):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # every account may run the programs; the home beside them is closed
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            libraries = package.with_name(package.name + ".libs")  # found by a relative path, so both go
            shutil.copytree(package, copy / package.name, symlinks=True)
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
            copy.chmod(0o755)
            (copy / "complete").touch()
        (elsewhere / "home").mkdir(exist_ok=True)
    except OSError as error:
        raise OpsError(NO_ACCOUNT.format(elsewhere=ELSEWHERE)) from error
    programs = copy / package.name / "pginstall" / "bin"
    new_home = elsewhere / "home"
    for identity in _candidates(_owner_of_data(new_home)):
        if _can_run(programs, elsewhere, identity):
            return Place(programs, new_home, identity)
    raise OpsError(NO_ACCOUNT.format(elsewhere=ELSEWHERE))


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
