"""What comes with Bursar: its list names all of it, packages are pinned by hash, and no secret lies in the files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ops import sbom, secret_scan
from ops.paths import ROOT

PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def test_the_list_of_software_names_every_package_with_its_hash_and_what_is_vendored(tmp_path: Path) -> None:
    sbom.main([str(tmp_path / "sbom.json")])

    made = json.loads((tmp_path / "sbom.json").read_text())
    listed = {each["name"]: each["version"] for each in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert dict(PINNED.findall((ROOT / "requirements.txt").read_text())).items() <= listed.items()
    assert listed["htmx"] == "4.0.1"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_and_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE).strip())

    assert [entry.split()[0] for entry in entries if not PINNED.match(entry) or "--hash=sha256:" not in entry] == []


def test_a_real_looking_secret_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    planted = tmp_path / "notes.md"
    planted.write_text(f"key = {'sk_' + 'live_'}{'a1B2c3D4' * 3}\n-----BEGIN RSA {'PRIVATE'} KEY-----\n")
    monkeypatch.setattr(secret_scan, "ROOT", tmp_path)
    monkeypatch.setattr(secret_scan, "_files", lambda *_: ["notes.md"])

    found = secret_scan.found()

    assert "notes.md:1 Stripe Access Key" in found
    assert "notes.md:2 Private Key" in found
