"""Files that the embedded Redis cannot read any more are set aside, said so, and it starts empty; others are left."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import child, environment, logs, paths, redis, restarts
from ops.backing import WatchedServer
from ops.console import OpsError
from ops.redis import MAX_DAMAGED, Redis

LIMIT_S = 60


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person at the terminal sees."""
    lines: list[str] = []
    monkeypatch.setattr(restarts, "print_line", lines.append)
    monkeypatch.setattr(redis, "print_line", lines.append)
    return lines


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's log, in a var/ of this test's own."""
    for module in (paths, environment, logs):
        monkeypatch.setattr(module, "VAR", tmp_path)
    monkeypatch.setattr(restarts, "MAX_PAUSE_S", 0.3)
    (tmp_path / "log").mkdir()
    return tmp_path / "log" / "redis.log"


@pytest.fixture
def server(log: Path, tmp_path: Path) -> Iterator[Redis]:
    """A server that has kept something, and stopped."""
    found = Redis(tmp_path / "redis")
    found.start(log)
    _run_commands(found, *(f"SET key{number} value" for number in range(100)), "BGREWRITEAOF")
    manifest = found.home / "appendonlydir" / "appendonly.aof.manifest"
    assert child.wait_until(lambda: "2.base" in manifest.read_text(), limit_s=LIMIT_S)
    _run_commands(found, *(f"SET key{number} other" for number in range(100)))
    found.stop()
    yield found
    found.stop()


def _run_commands(server: Redis, *commands: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(server.socket))
        line.sendall("".join(f"{each}\r\n" for each in (*commands, "QUIT")).encode())
        return b"".join(iter(lambda: line.recv(65536), b""))


def _file(server: Redis, ending: str) -> Path:
    return sorted((server.home / "appendonlydir").glob(f"*{ending}"))[-1]


def _overwrite_commands(server: Redis) -> None:
    file = _file(server, ".incr.aof")
    file.write_bytes(bytes(file.stat().st_size))


def _cut_base(server: Redis) -> None:
    file = _file(server, ".base.rdb")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _change_base(server: Redis) -> None:
    file = _file(server, ".base.rdb")
    file.write_bytes(file.read_bytes().replace(b"value", b"valve"))


def _lose_base(server: Redis) -> None:
    _file(server, ".base.rdb").unlink()


def _empty_manifest(server: Redis) -> None:
    _file(server, ".manifest").write_bytes(b"")


DAMAGES = (_overwrite_commands, _cut_base, _change_base, _lose_base, _empty_manifest)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda each: each.__name__[1:])
def test_damaged_files_are_set_aside_by_who_keeps_it_running(
    damage: Callable[[Redis], None], server: Redis, log: Path, printed: list[str]
) -> None:
    damage(server)
    backing = WatchedServer("redis", server)
    backing.is_up = False
    server.begin(log)

    def is_up() -> bool:
        backing.look()
        return backing.is_up

    assert child.wait_until(is_up, limit_s=LIMIT_S)

    assert b":0\r\n" in _run_commands(server, "DBSIZE")
    [aside] = server.home.glob("damaged-*")
    assert list(aside.glob("*.incr.aof"))
    [answers] = [line for line in printed if "cannot read its files" in line]
    assert str(aside) in answers
    assert "starts empty" in answers


def test_make_run_starts_with_damaged_files_too(server: Redis, log: Path, printed: list[str]) -> None:
    _overwrite_commands(server)

    assert server.start(log)

    assert server.answers()
    assert len(printed) == 1
    assert "Bad file format" in printed[0]


def test_files_that_are_whole_but_out_of_reach_are_left_alone(server: Redis, log: Path, printed: list[str]) -> None:
    file = _file(server, ".incr.aof")
    file.unlink()
    file.mkdir()  # stands for what a disk or a permission refuses

    with pytest.raises(OpsError):
        server.start(log)

    assert not list(server.home.glob("damaged-*"))
    assert not printed


def test_a_cut_off_end_is_no_damage(server: Redis, log: Path, printed: list[str]) -> None:
    file = _file(server, ".incr.aof")
    file.write_bytes(file.read_bytes()[:-5])

    assert server.start(log)

    assert b":100\r\n" in _run_commands(server, "DBSIZE")
    assert not printed


def test_old_damaged_files_do_not_pile_up(server: Redis, log: Path) -> None:
    for day in range(1, 9):
        (server.home / f"damaged-2026-01-0{day}T000000Z").mkdir()
    _overwrite_commands(server)

    server.start(log)

    left = sorted(each.name for each in server.home.glob("damaged-*"))
    assert len(left) == MAX_DAMAGED
    assert left[0] == "damaged-2026-01-07T000000Z"
