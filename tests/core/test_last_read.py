"""What is read last is named before the first lock, and costs no round trip of its own."""

from __future__ import annotations

from app.core.last_read import LastRead


def test_nothing_need_be_named_ahead() -> None:
    last = LastRead(lambda: "answer")

    last.announce()

    assert last.read() == "answer"
