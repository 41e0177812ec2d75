"""`python -m bench [part …]`: measure, print a table, write var/bench/latest.json."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from bench import attacks, catalog, grown, history, lifecycle, lists, money, panel, portal, report, start, webhooks
from bench.peers import compare
from bench.place import Place, application
from bench.report import Row
from ops.console import print_line

Part = Callable[[Place, Callable[[str], None]], list[Row]]
PARTS: dict[str, Part] = {
    "attacks": attacks.measure,
    "lifecycle": lifecycle.measure,
    "money": money.measure,
    "catalog": catalog.measure,
    "panel": panel.measure,
    "portal": portal.measure,
    "start": start.measure,
    "webhooks": webhooks.measure,
}
ON_REQUEST: dict[str, Part] = {
    "grown": grown.measure,
    "lists": lists.measure,  # takes 20 GB and half an hour
    "peers": compare.measure,  # installs from the package index
    "short": lifecycle.measure_short,
}


def main(arguments: list[str]) -> int:
    """Run the named parts, all by default; 1 when an order costs more than its budget."""
    unknown = [name for name in arguments if name not in PARTS | ON_REQUEST]
    if unknown:
        print_line(f"There is no part {unknown[0]!r}; there are: {', '.join(PARTS | ON_REQUEST)}.")
        return 2
    measurements: list[Row] = []
    machine = report.machine()
    with Place() as place:
        os.environ.update(place.env)
        application()
        place.start(place.web())
        for name in arguments or PARTS:
            print_line(f"{name}")
            measurements += (PARTS | ON_REQUEST)[name](place, print_line)
    print_line("")
    print_line(report.table(measurements))
    remarks = {"parts": arguments or list(PARTS), "company": "a stub that answers at once"}
    path = report.write(measurements, machine, remarks)
    print_line(f"\n  {machine['cpus']} processors, load {machine['load_before']:.1f} before. Written to {path}.")
    if not os.environ.get("CI"):  # whose checkout stays as it is
        history.keep(measurements, machine, arguments or list(PARTS))
    broken = [row.name for row in measurements if row.is_broken]
    if broken:
        print_line(f"\n  FAIL: {'; '.join(broken)}.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
