"""`python -m ops <command>`: what the Makefile calls."""

from __future__ import annotations

import importlib
import os
import sys

from ops import running, venv
from ops.console import OpsError, print_line
from ops.environment import Ports
from ops.paths import VENV

COMMANDS = {  # command → module with a `main(arguments) -> exit status`, and what it needs installed
    "run": ("ops.supervisor", "runtime"),
    "stop": ("ops.stop", "nothing"),
    "flask": ("ops.flask", "runtime"),
    "test": ("ops.test", "tools"),
    "check": ("ops.check", "tools"),
    "fmt": ("ops.fmt", "tools"),
    "bench": ("ops.bench", "tools"),
    "docs": ("ops.reference", "runtime"),
    "mail": ("ops.mail", "nothing"),
    "gallery": ("ops.gallery", "tools"),
    "pictures": ("ops.pictures", "tools"),
    "lock": ("ops.lock", "tools"),
    "sdk": ("ops.sdk", "tools"),
    "texts": ("ops.texts", "tools"),
    "sbom": ("ops.sbom", "tools"),
    "setup": ("ops.setup", "tools"),
}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print_line("usage: python -m ops " + " | ".join(COMMANDS))
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036
        raise OpsError(f"Bursar needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    command, *rest = arguments
    module, needs = COMMANDS[command]
    if needs != "nothing" and os.environ.get("BURSAR_OPS") != "ready" and sys.prefix != str(VENV):
        if command == "run":
            running.check_can_start(Ports.from_env())
        venv.prepare(command, development=needs == "tools")
        venv.become(arguments)
    status: int = importlib.import_module(module).main(rest)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OpsError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nSorry: {error}\n")
        sys.exit(1)
    except OSError as error:
        sys.stdout.flush()
        sys.stderr.write(f"\nSorry: {error.filename or 'the system'}: {error.strerror or error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
