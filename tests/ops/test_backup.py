"""The drill: keep everything under load, lose everything, restore it, and prove the books and the seals."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from flask import Flask

from app.core.errors import Conflict, Invalid
from app.core.security import crypto
from app.workflow.operations.restore_backup import check_target, look
from ops.paths import ROOT
from ops.testing import run
from ops.testing.stack import Stack, command
from tests.endurance.buyers import HttpShop

pytestmark = pytest.mark.early  # all of them: they share one installation

LOAD_S = 30 if run.is_long() else 2
SEAL = (
    "from app import start; from app.core.settings import Settings;"
    "from app.workflow.operations import seal_audit_log as s;"
)


@dataclass
class Place:
    """An installation to try things at: a database and a store."""

    cluster: run.Cluster
    stack: Stack
    url: str
    files: Path
    more: dict[str, str] = field(default_factory=dict)

    def flask(self, *arguments: str, limit_bytes: int | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command there as its operator, who has the owner's address too."""
        known = {**self.stack.env, **self.cluster.addresses(self.url), "FILES_URL": str(self.files), **env}
        return command(*arguments, env=known, limit_bytes=limit_bytes)

    @property
    def owner(self) -> str:
        return self.cluster.addresses(self.url)["DATABASE_OWNER_URL"].replace("+psycopg", "")

    def count(self, table: str) -> int:
        with psycopg.connect(self.owner) as link:
            link.execute("SET ROLE bursar_system")
            row = link.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert row is not None
            return int(row[0])


@dataclass
class Drill:
    """The backups of an installation that was destroyed."""

    place: Callable[[], Place]
    stack: Stack
    whole: Path
    archive: Path
    business: str
    acknowledged: list[str]
    output: str
    failed: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def drill(cluster: run.Cluster, run_folder: Path, worker_name: str, redis_url: str) -> Iterator[Drill]:
    """An installation is used, backed up while it is used, and destroyed."""
    names = (f"{worker_name}_drill{number}" for number in range(20))
    made: list[str] = []

    def database() -> str:
        made.append(next(names))
        return cluster.create(made[-1])

    stack = Stack(run_folder / "drill", database_url=database(), redis_url=redis_url)

    def place() -> Place:
        return Place(cluster, stack, database(), run_folder / f"restored{len(made)}")

    here = Place(cluster, stack, stack.env["DATABASE_URL"], Path(stack.env["FILES_URL"]))
    try:
        stack.start("simulator", "web")
        _keep_a_file(here)
        _change_something(stack)
        whole, archive = run_folder / "whole.backup", run_folder / "one.backup"
        with _Load(stack) as load:
            load.wait(LOAD_S)
            sealed = subprocess.run(
                [sys.executable, "-c", f"{SEAL} start(Settings.from_env()); s.seal_due()"],
                cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert sealed.returncode == 0, sealed.stderr
            acknowledged = list(load.acknowledged)
            backed = here.flask("backup", str(whole))
        assert backed.returncode == 0, backed.stdout + backed.stderr
        failed = here.flask("backup", str(run_folder / "small.backup"), limit_bytes=20_000)
        one = here.flask("backup", str(archive), "--business", stack.demo["business_id"])
        assert one.returncode == 0, one.stdout + one.stderr
        stack.kill()
        cluster.drop(made[0])
        yield Drill(place, stack, whole, archive, stack.demo["business_id"], acknowledged, backed.stdout, failed)
    finally:
        stack.kill()
        for name in made:
            cluster.drop(name)


class _Load:
    """Buyers who order and pay until the block ends; what was acknowledged to them."""

    def __init__(self, stack: Stack) -> None:
        self.acknowledged: list[str] = []
        self._stack, self._over = stack, threading.Event()
        self._threads = [threading.Thread(target=self._buy, args=[seed]) for seed in range(2)]

    def _buy(self, seed: int) -> None:
        demo = self._stack.demo
        shop = HttpShop(self._stack.url, demo["secret_key"], demo["sku_ids"], seed)
        company = httpx.Client(base_url=f"{self._stack.simulator_url}/admin", timeout=60)
        while not self._over.is_set():
            placed = shop.place()
            if placed:
                self.acknowledged.append(placed[0])
                company.post(f"payments/{placed[1]}/approve", json={})

    def wait(self, seconds: float) -> None:
        """Let them buy."""
        self._over.wait(seconds)

    def __enter__(self) -> _Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def _change_something(stack: Stack) -> None:
    """The audit log notes what is changed with a key."""
    account = {"channel": "simulator", "name": "Second", "settings": {"merchant_id": "m", "api_key": "k" * 20}}
    headers = {"Authorization": f"Bearer {stack.demo['secret_key']}", "Idempotency-Key": "drill-channel"}
    httpx.post(f"{stack.url}/v1/channel_accounts", json=account, headers=headers, timeout=60).raise_for_status()


def _keep_a_file(here: Place) -> None:
    """Files that no row names are backed up too: an upload may be under way."""
    business = here.stack.demo["business_id"]
    script = (
        "import sys; from app import start; from app.core import ids;"
        "from app.core.files import store; from app.core.settings import Settings;"
        "start(Settings.from_env()); store.put(store.new_key('images', ids.parse('biz', sys.argv[1])), b'an image')"
    )
    subprocess.run([sys.executable, "-c", script, business], cwd=ROOT, env=here.stack.env, check=True)


def test_what_was_kept_under_load_is_restored_whole(drill: Drill) -> None:
    place = drill.place()
    walls = _walls(place)

    restored = place.flask("restore", str(drill.whole))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    audit, seals = place.flask("audit", "--json"), place.flask("verify-audit-log")
    assert json.loads(audit.stdout)["ok"], audit.stdout
    assert seals.returncode == 0
    assert not seals.stdout.startswith("0 seals")
    assert len(drill.acknowledged) > 0
    assert place.count("orders") >= len(drill.acknowledged)
    assert [file.read_bytes() for file in place.files.rglob("*") if file.is_file()] == [b"an image"]
    assert _walls(place) == walls
    again = place.flask("restore", str(drill.whole))
    assert again.returncode == 1
    assert "is not empty" in again.stderr


_WALLS = (
    "SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint ORDER BY 1, 2",
    "SELECT tgname, tgrelid::regclass::text, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT relname, relrowsecurity, relforcerowsecurity, relacl::text FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
)


def _walls(place: Place) -> list[object]:
    """Constraints, triggers, row-level security and rights."""
    with psycopg.connect(place.owner) as link:
        return [link.execute(question).fetchall() for question in _WALLS]


def test_one_business_is_restored_into_an_empty_installation(drill: Drill) -> None:
    place = drill.place()

    restored = place.flask("restore", str(drill.archive))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert json.loads(place.flask("audit", "--json").stdout)["ok"]
    with zipfile.ZipFile(drill.archive) as archive:
        assert drill.business in json.loads(archive.read("manifest.json"))["businesses"]
    assert place.count("users") == 1


def test_backup_names_its_keys_and_holds_none(drill: Drill) -> None:
    content, env = b"".join(_members(drill.whole)), drill.stack.env

    assert "Keys that it needs: 1 (" in drill.output
    for name in ("ENCRYPTION_KEY", "SECRET_KEY", "METRICS_TOKEN"):
        assert env[name].encode() not in content
    assert base64.b64decode(env["ENCRYPTION_KEY"]) not in content
    assert drill.stack.demo["secret_key"].encode() not in content
    assert drill.whole.stat().st_mode & 0o777 == 0o600


def test_installation_without_its_keys_refuses_a_backup(drill: Drill, app: Flask) -> None:
    crypto.use_keys({"1": os.urandom(32)})
    try:
        with pytest.raises(Conflict, match="encrypted with missing keys: 1"):
            check_target(look(drill.whole)[0])
    finally:
        crypto.use_keys(app.config["SETTINGS"].encryption_keys)


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


@pytest.mark.usefixtures("app")  # knows the same keys
@pytest.mark.parametrize("harm", ["a byte", "a member", "one more", "the manifest"])
def test_damage_is_found(harm: str, drill: Drill, tmp_path: Path) -> None:
    harmed = tmp_path / "harmed.backup"
    _harm(drill.whole, harmed, harm)

    assert look(drill.whole)[1] == []
    assert len(look(harmed)[1]) == 1


def test_half_a_backup_is_none(drill: Drill, tmp_path: Path) -> None:
    half = tmp_path / "half.backup"
    half.write_bytes(drill.whole.read_bytes()[:-2000])

    with pytest.raises(Invalid, match="no whole backup"):
        look(half)


def test_damaged_backup_is_not_restored(drill: Drill, tmp_path: Path) -> None:
    place, harmed = drill.place(), tmp_path / "harmed.backup"
    _harm(drill.whole, harmed, "a byte")

    restored = place.flask("restore", str(harmed))

    assert restored.returncode == 1
    assert "tables/orders is damaged" in restored.stderr
    assert "Traceback" not in restored.stderr
    assert place.count("businesses") == 0
    assert not place.files.exists()


def test_a_backup_that_somebody_else_signed_is_not_restored(drill: Drill, app: Flask, tmp_path: Path) -> None:
    place, forged = drill.place(), tmp_path / "forged.backup"
    _forge(drill.archive, forged, app)

    restored = place.flask("restore", str(forged))

    assert restored.returncode == 1
    assert "signed with an unknown key" in restored.stdout + restored.stderr
    assert place.count("users") == 0


def _forge(whole: Path, forged: Path, app: Flask) -> None:
    """Make an operator of everybody in an archive, and sign it so that it fits itself."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(forged, "w") as target:
        manifest = json.loads(source.read("manifest.json"))
        for name in set(source.namelist()) - {"manifest.json", "manifest.signature"}:
            content = source.read(name)
            if name == "tables/users":
                [about] = [each for each in manifest["tables"] if each["name"] == "users"]
                at = about["columns"].index("is_operator")
                rows = [line.split(b"\t") for line in content.splitlines()]
                content = b"".join(b"\t".join([*row[:at], b"t", *row[at + 1 :]]) + b"\n" for row in rows)
                about |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            target.writestr(name, content)
        written = json.dumps(manifest | {"keys": {}}, indent=1, sort_keys=True)
        crypto.use_keys({"mallory": os.urandom(32)})
        try:
            signature = crypto.sign(hashlib.sha256(written.encode()).hexdigest(), context="backup")
        finally:
            crypto.use_keys(app.config["SETTINGS"].encryption_keys)
        target.writestr("manifest.json", written)
        target.writestr("manifest.signature", signature)


def _harm(whole: Path, harmed: Path, harm: str) -> None:
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(harmed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "tables/orders":
                if harm == "a member":
                    continue
                if harm == "a byte":
                    content = content.replace(b"USD", b"EUR", 1)
            if name == "manifest.json" and harm == "the manifest":
                content = content.replace(b'"rows": 1,', b'"rows": 2,', 1)
            target.writestr(name, content)
        if harm == "one more":
            target.writestr("tables/more", b"")


def test_backup_that_finds_no_room_leaves_nothing(drill: Drill) -> None:
    assert drill.failed.returncode == 1
    assert "Traceback" not in drill.failed.stderr
    assert list(drill.whole.parent.glob("small.backup*")) == []
    assert list(drill.whole.parent.glob(".*.part")) == []


@pytest.mark.long
def test_backup_is_verified_by_restoring_it_elsewhere(drill: Drill) -> None:
    verified = drill.place().flask("verify", str(drill.whole), "--restore")

    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "invariants hold." in verified.stdout
    assert "0 businesses with something wrong" in verified.stdout
