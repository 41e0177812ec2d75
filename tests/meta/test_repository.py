from __future__ import annotations

import os
import re
import stat

from ops.paths import ROOT
from tests.meta import source


def test_lock_files_name_every_hash_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)

        assert packages
        assert not [package for package in packages if "--hash=sha256:" not in package]
        assert "://" not in text
        assert "index-url" not in text


def test_tools_are_locked_to_the_versions_the_application_runs_on() -> None:
    runtime = set(re.findall(r"^\S+==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    development = set(re.findall(r"^\S+==\S+", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))

    assert runtime <= development


def test_npm_lock_files_name_no_address() -> None:
    found = [
        file.relative_to(ROOT).as_posix()
        for file in source.files("package-lock.json", "*/package-lock.json")
        if '"resolved"' in file.read_text()
    ]

    assert not found


def test_no_lock_file_of_another_installer() -> None:
    assert not [*source.files("uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock", "*/yarn.lock", "*/pnpm-lock.yaml")]


def test_continuous_integration_can_be_started() -> None:
    mode = os.stat(ROOT / ".ci" / "run").st_mode

    assert mode & stat.S_IXUSR
