"""`make sbom`: the software that comes with Bursar as a CycloneDX document, for those who watch it for known faults.

Python's packages are those of requirements.txt, with their hashes; what is vendored stands beside them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ops.console import print_line
from ops.paths import ROOT, VAR

VENDOR = ROOT / "static" / "vendor"


def main(arguments: list[str]) -> int:
    """Write it to var/sbom.json, or to the file named first."""
    target = Path(arguments[0]) if arguments else VAR / "sbom.json"
    made = document()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=2) + "\n")
    print_line(f"  {len(made['components'])} components in {target}")
    return 0


def document() -> dict[str, Any]:
    """The whole document."""
    program = Path(sys.executable).with_name("cyclonedx-py")
    command = [str(program), "requirements", "--output-reproducible", "--of", "JSON", str(ROOT / "requirements.txt")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    made["components"] = [*made["components"], *_vendored()]
    return made


def _vendored() -> list[dict[str, Any]]:
    """What lies in the repository as others made it: `<name>/<name>-<version>.min.js`, with its sum beside it."""
    found = []
    for sums in sorted(VENDOR.glob("*/SHA256SUMS")):
        name = sums.parent.name
        for line in sums.read_text().splitlines():
            digest, file = line.split()
            if file.endswith(".js"):
                version = file.removeprefix(f"{name}-").removesuffix(".min.js")
                found.append(
                    {
                        "type": "library",
                        "bom-ref": f"{name}=={version}",
                        "name": name,
                        "version": version,
                        "purl": f"pkg:npm/{name}.org@{version}",
                        "hashes": [{"alg": "SHA-256", "content": digest}],
                    }
                )
    return found
