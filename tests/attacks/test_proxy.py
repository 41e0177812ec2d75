"""The link that the other attacks break: it does what it says."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from redis import Redis

from tests.attacks.proxy import Proxy


@pytest.fixture
def link(owner_url: str) -> Iterator[Proxy]:
    with Proxy(owner_url) as made:
        yield made


def _connect(link: Proxy) -> psycopg.Connection:
    return psycopg.connect(link.url, connect_timeout=2)


def test_what_is_requested_and_answered_passes(link: Proxy) -> None:
    with _connect(link) as connection:
        long = connection.execute("SELECT repeat('x', 1000000)").fetchone()

    assert long is not None
    assert len(long[0]) == 1_000_000


def test_a_lost_reply_leaves_what_was_committed(link: Proxy) -> None:
    with _connect(link) as connection:
        connection.execute("CREATE TABLE proxy_test (n int)")
    link.lose_replies(1, after=1)
    for number, is_received in ((1, True), (2, False), (3, True)):
        with _connect(link) as connection:
            connection.execute("INSERT INTO proxy_test VALUES (%s)", [number])
            if is_received:
                connection.commit()
            else:
                with pytest.raises(psycopg.OperationalError):
                    connection.commit()

    with _connect(link) as connection:
        stored = connection.execute("SELECT n FROM proxy_test ORDER BY n").fetchall()
        connection.execute("DROP TABLE proxy_test")
    assert (stored, link.lost) == ([(1,), (2,), (3,)], 1)


def test_a_cut_breaks_what_is_open_and_nothing_later(link: Proxy) -> None:
    with _connect(link) as connection:
        link.cut()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    with _connect(link) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_who_is_refused_gets_through_once_it_is_mended(link: Proxy) -> None:
    link.refuse = True
    with pytest.raises(psycopg.OperationalError):
        _connect(link)

    link.mend()

    with _connect(link) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_delay_is_felt_each_way(link: Proxy) -> None:
    with _connect(link) as connection:
        link.delay_s = 0.2
        began = time.monotonic()
        connection.execute("SELECT 1")

        assert time.monotonic() - began >= 0.4
        link.mend()


def test_a_line_that_is_held_times_out_and_stays_whole(link: Proxy) -> None:
    link.held = True
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        _connect(link)
    link.mend()

    with _connect(link) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_stands_before_a_redis_too(redis_url: str) -> None:
    with Proxy(redis_url) as link, Redis.from_url(link.url) as connection:
        connection.set("proxy-test", "1")
        link.cut()

        assert connection.get("proxy-test") == b"1"
        connection.delete("proxy-test")
