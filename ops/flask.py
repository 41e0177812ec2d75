"""A `flask` command with the environment of this checkout; starts the servers for it if they do not run.

`make audit` is `python -m ops flask audit`.
"""

from __future__ import annotations

import subprocess
import sys

from ops import environment, servers
from ops.environment import Ports
from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    environment.prepare_var()
    ports = Ports.from_env()
    backing = servers.start(quiet=True)
    try:
        env = environment.build(ports, database=backing.database, redis_url=backing.redis_url)
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    finally:
        backing.stop()
