"""Files that are small and cost a lot are refused with a reason, in a process that cannot cost more than it may, and
nobody who pays waits for them."""

from __future__ import annotations

import io
import json
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from PIL import Image, ImageCms

from app.core import clock
from app.core.errors import Invalid
from app.core.files import images, isolated
from app.core.files.isolated import Cost, ResourceLimits
from app.lib import sheets
from app.lib.file_errors import BadFile
from ops import child
from ops.paths import ROOT
from ops.testing.stack import Stack
from tests.attacks.hostile_files import IMAGES, SHEETS, workbook

READERS = "tests.attacks.readers"
MAX_MB = 400  # of a file that is refused; the limit itself is 512 MB of addresses
AT_ONCE = 20
SOON_S = 15.0


def _looked_through(content: bytes, *, reader: str = "app.lib.sheets:read", **more: Any) -> list[Any]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return list(isolated.read(reader, file, **more))


@pytest.mark.parametrize(("make", "words"), [each[1:] for each in SHEETS], ids=[each[0] for each in SHEETS])
def test_a_hostile_table_is_refused_with_its_reason(make: Callable[[], bytes], words: str) -> None:
    cost, content = Cost(), make()
    before_mb = _own_mb()

    with pytest.raises(BadFile) as refused:
        _looked_through(content, cost=cost)

    assert words in str(refused.value)
    assert cost.memory_bytes < MAX_MB * 1_000_000
    assert cost.cpu_s < 60
    assert _own_mb() - before_mb < 60  # of ours, nothing


@pytest.mark.parametrize(("make", "code"), [each[1:] for each in IMAGES], ids=[each[0] for each in IMAGES])
def test_a_hostile_picture_is_refused_with_its_reason(make: Callable[[], bytes], code: str) -> None:
    content, before_mb = make(), _own_mb()

    with pytest.raises(Invalid) as refused:
        images.redraw(content)

    assert refused.value.code == code
    assert _own_mb() - before_mb < 60


def test_an_honest_workbook_is_read() -> None:
    rows = (f'<row r="{n}"><c r="B{n}"><v>{n}</v></c></row>' for n in range(2, 1000))

    found = _looked_through(workbook(rows))

    assert found[0] == [1, ["sku", "product"]]
    assert found[-1] == [999, ["", "999"]]


@pytest.mark.parametrize(
    ("reader", "limits", "words"),
    [
        ("takes_memory", ResourceLimits(memory_bytes=200_000_000), "more memory"),
        ("takes_work", ResourceLimits(cpu_s=1), "more work"),
        ("says_nothing", ResourceLimits(silent_s=0.5), "more time"),
        ("says_too_much", ResourceLimits(line_bytes=100_000), "too long"),
        ("dies", ResourceLimits(), "cannot be read"),
    ],
)
def test_whoever_reaches_a_limit_is_ended_and_it_is_logged(reader: str, limits: ResourceLimits, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        _looked_through(b"x", reader=f"{READERS}:{reader}", limits=limits)


def test_the_process_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "do-not-tell")
    with tempfile.TemporaryFile() as secret:
        os.set_inheritable(secret.fileno(), True)

        [known] = _looked_through(b"content", reader=f"{READERS}:what_it_has")

    assert known["content"] == "content"
    assert not {name for name in known["names"] if "KEY" in name or "URL" in name or "TOKEN" in name}
    assert known["open"] <= 6


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Where a reader may try to call."""
    with socket.create_server(("127.0.0.1", 0)) as by_port, socket.socket(socket.AF_UNIX) as by_file:
        by_file.bind(str(tmp_path / "socket"))
        by_file.listen()
        yield {"port": by_port.getsockname()[1], "socket_path": str(tmp_path / "socket")}


def test_a_reader_that_was_taken_over_can_do_nothing(listening: dict[str, Any]) -> None:
    [possible] = _looked_through(b"content", reader=f"{READERS}:what_it_can_do", **listening)

    assert possible == []


def _read_after(before: str, **arguments: Any) -> list[list[Any]]:
    """What a reader answers for whom this is done first."""
    with tempfile.TemporaryFile() as file:
        file.write(b"content")
        file.flush()
        limits = [str(os.getpid()), "512000000", "60"]
        script = f"import os; from app.core.files import isolated_child, seccomp; {before}; isolated_child.main()"
        command = [sys.executable, "-c", script, f"{READERS}:what_it_can_do", json.dumps(arguments), *limits]
        done = subprocess.run(command, cwd=ROOT, stdin=file, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_without_a_filter_limits_do_what_they_can_and_it_is_logged(listening: dict[str, Any]) -> None:
    [locked, found, _] = _read_after("seccomp.MACHINES.clear()", **listening)

    assert locked[:2] == ["locked", f"no list of calls for linux on {platform.machine()}"]
    left = {
        "end another",
        "trace another",
        "read another's memory",
        "become a program",
        "change its limits",
        "delete a file",
    }
    assert set(found[1]) <= left


def test_that_limits_alone_hold_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    isolated._note_lock("no list of calls for this machine")
    isolated._note_lock("no list of calls for this machine")
    isolated._note_lock("")

    answer = capsys.readouterr()
    assert (answer.out + answer.err).count("isolated_by_limits_only") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account; others run the test above")
def test_an_ordinary_account_is_locked_in_as_well(listening: dict[str, Any]) -> None:
    become = "os.setgroups([]), os.setgid(65534), os.setuid(65534)"

    [locked, found, _] = _read_after(f"lock = seccomp.lock; seccomp.lock = lambda: ({become}, lock())[-1]", **listening)

    assert locked[:2] == ["locked", ""]
    assert found[1] == []


def test_every_kind_of_honest_file_is_read_without_opening_another() -> None:
    for content in (*_tables(), *_images()):
        reader = "app.core.files.image_rendering:draw" if content[:2] in _IMAGE_MAGIC else "app.lib.sheets:read"

        found = _looked_through(content, reader=reader, limits=images.LIMITS)

        assert found, content[:20]
        assert "code" not in found[0], found


_IMAGE_MAGIC = (b"\x89P", b"\xff\xd8", b"GI", b"RI")


def _tables() -> Iterator[bytes]:
    yield "sku;name\nß;é\n".encode()
    yield "\ufeffsku,name\nß,高\n".encode()
    written = io.BytesIO()
    sheets.write_xlsx([("sku", "name"), ("ß", Decimal("1.5"))], written)
    yield written.getvalue()
    book = openpyxl.Workbook()
    book.active.append(["sku", clock.now().replace(tzinfo=None), 1.5, True, "=1+1", None])
    book.active["A1"].font = openpyxl.styles.Font(bold=True)
    book.create_sheet("高")
    book.save(written := io.BytesIO())
    yield written.getvalue()


def _images() -> Iterator[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mode in ("RGB", "RGBA", "P", "L", "CMYK"):
        for kind in ("PNG", "JPEG", "WEBP", "GIF"):
            if (mode in ("RGBA", "P") and kind == "JPEG") or (mode == "CMYK" and kind != "JPEG"):
                continue
            written = io.BytesIO()
            Image.new(mode, (300, 200)).save(written, kind, exif=exif, icc_profile=profile)
            yield written.getvalue()
    frames = [Image.linear_gradient("L").convert("P").rotate(angle) for angle in (0, 90, 180)]
    for kind in ("GIF", "PNG", "WEBP"):
        frames[0].save(written := io.BytesIO(), kind, save_all=True, append_images=frames[1:], transparency=0)
        yield written.getvalue()
    Image.new("I;16", (300, 200)).save(written := io.BytesIO(), "PNG")
    yield written.getvalue()
    Image.new("RGB", (300, 200)).save(written := io.BytesIO(), "JPEG", progressive=True, comment=b"x")
    yield written.getvalue()


def test_it_ends_with_whoever_began_it(tmp_path: Path) -> None:
    began = subprocess.Popen(
        [sys.executable, "-m", "tests.attacks.readers", str(tmp_path / "pid")], cwd=ROOT, stdin=subprocess.DEVNULL
    )
    path = tmp_path / "pid"
    assert child.wait_until(lambda: path.exists() and path.read_text() != "", limit_s=60)
    pid = int(path.read_text())

    began.send_signal(signal.SIGKILL)
    began.wait()

    assert child.wait_until(lambda: not Path(f"/proc/{pid}").exists(), limit_s=10)


def test_who_reads_no_further_leaves_no_process_behind() -> None:
    with tempfile.TemporaryFile() as file:
        reading = isolated.read(f"{READERS}:goes_on", file)
        pid = next(reading)

        reading.close()

    assert not Path(f"/proc/{pid}").exists()


def test_a_paid_order_is_delivered_while_twenty_are_looked_through(
    stack: Stack, wait_until: Callable[..., None]
) -> None:
    api = httpx.Client(
        base_url=f"{stack.url}/v1", headers={"Authorization": f"Bearer {stack.demo['secret_key']}"}, timeout=60
    )
    hostile = workbook(f'<row><c t="s"><v>{n % 9}</v></c></row>' for n in range(199_000))
    for _ in range(AT_ONCE):
        sent = api.post("product-imports", files={"file": ("products.xlsx", io.BytesIO(hostile))})
        assert sent.status_code == 201, sent.text
    wait_until(lambda: "checking" in {each["status"] for each in _imports(api)})

    began = time.monotonic()
    line = {"sku_id": stack.demo["sku_ids"][0], "quantity": 1}
    placed = api.post(
        "orders",
        json={"line_items": [line], "buyer": {"reference": "waits-for-nobody"}, "channel": "simulator"},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).json()
    company = f"{stack.simulator_url}/admin/payments/{placed['payment']['attempt_id']}/approve"
    httpx.post(company, json={}).raise_for_status()
    wait_until(lambda: api.get(f"orders/{placed['id']}").json()["status"] in ("fulfilled", "completed"), limit_s=120)

    assert time.monotonic() - began < SOON_S
    for each in _imports(api):
        if each["status"] in ("checking", "ready"):
            api.post(f"product-imports/{each['id']}/discard")


def _imports(api: httpx.Client) -> list[dict[str, Any]]:
    return list(api.get("product-imports?limit=100").json()["data"])


def _own_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
