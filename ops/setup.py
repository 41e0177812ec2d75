"""`make setup`: install everything, the tools and the browser too, and do nothing else."""

from __future__ import annotations

from ops import browser
from ops.console import print_line


def main(arguments: list[str]) -> int:
    del arguments
    found = browser.find()
    print_line(f"  Ready. Browser for tests: {found.program}")
    return 0
