"""`make sdk`: install the SDK's tools and build it; also its parts of `make check`."""

from __future__ import annotations

import fcntl
import hashlib
import json

from ops import node
from ops.console import OpsError, step
from ops.paths import CACHE, ROOT

SDK = ROOT / "sdk"
MODULES = SDK / "node_modules"


def main(arguments: list[str]) -> int:
    del arguments
    with step("Installing the SDK's tools"):
        install()
    with step("Building the SDK"):
        done = node.run("npm", "run", "--silent", "build", cwd=SDK)
    if done.returncode:
        raise OpsError(f"the SDK could not be built:\n{done.stdout}{done.stderr}")
    return 0


def exists() -> bool:
    return (SDK / "package.json").exists()


def scripts() -> list[str]:
    """The checks that the SDK declares, the longest first."""
    declared = json.loads((SDK / "package.json").read_text())["scripts"]
    return [name for name in ("test", "typecheck", "check:built", "size") if name in declared]


def check(script: str) -> str:
    """Run one of the SDK's own scripts; what it complains of, nothing when all is well."""
    try:
        install()
    except OpsError as error:
        return str(error)
    done = node.run("npm", "run", "--silent", script, cwd=SDK)
    return (done.stdout + done.stderr or f"npm run {script} failed") if done.returncode else ""


def install() -> None:
    """Make node_modules hold what package-lock.json says; instant when it already does.

    Raises:
        OpsError: npm could not install it.
    """
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256((SDK / "package-lock.json").read_bytes()).hexdigest()
        stamp = MODULES / ".bursar-lock"
        if stamp.exists() and stamp.read_text() == digest:
            return
        done = node.run("npm", "ci", "--silent", "--ignore-scripts", cwd=SDK)
        if done.returncode:
            raise OpsError(f"npm could not install the SDK's tools:\n{(done.stderr or done.stdout).strip()[-1500:]}")
        stamp.write_text(digest)
