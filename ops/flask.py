"""A `flask` command with the environment of this checkout; starts the servers for it if they do not run.

`make audit` is `python -m ops flask audit`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

from ops import environment, running, servers
from ops.environment import Ports
from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    environment.prepare_var()
    ports = serving()
    backing = servers.start(quiet=True)
    try:
        env = environment.build(ports, database=backing.database, redis_url=backing.redis_url)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    finally:
        backing.stop()


def serving() -> Ports:
    """The ports of the Bursar that runs in this checkout, for the links that a command prints, whatever it was started
    with; those of the environment when PORT or HOST is set, or nothing runs."""
    ports, found = Ports.from_env(), running.holder()
    if found is None or os.environ.get("PORT") or os.environ.get("HOST"):
        return ports
    address = urlsplit(found[1])
    return replace(ports, host=address.hostname or ports.host, web=address.port or ports.web)
