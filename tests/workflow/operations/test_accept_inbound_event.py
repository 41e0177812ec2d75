"""The one door for inbound events, with a handler of a test's own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.domain.webhooks.states import InboundVerdict
from app.domain.webhooks.types import InboundCommand, Verdict
from app.read.webhooks import inbound_events
from app.workflow.operations import accept_inbound_event as door
from tests.factories.shop import Shop


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, str, Mapping[str, Any]]]:
    """What the handler of `parcel` was given."""
    seen: list[tuple[uuid.UUID, str, Mapping[str, Any]]] = []

    def handler(subject_id: uuid.UUID, event_type: str, payload: Mapping[str, Any]) -> Verdict:
        if event_type == "unknown":
            raise NotFound("not_found", "There is no such parcel.")
        seen.append((subject_id, event_type, payload))
        return Verdict(InboundVerdict.APPLIED) if len(seen) == 1 else Verdict(InboundVerdict.IGNORED, "It is there.")

    monkeypatch.setitem(door.HANDLERS, "parcel", handler)
    return seen


def command(subject_id: uuid.UUID, external_id: str, event_type: str = "sent", **payload: Any) -> InboundCommand:
    about: dict[str, Any] = {"subject_id": subject_id, "external_id": external_id, "type": event_type}
    return InboundCommand(kind="parcel", payload=payload, **about)


def test_an_event_is_handled_once_and_kept_with_its_verdict(shop: Shop, handled: list[Any]) -> None:
    subject_id = new_id()

    made = [door.accept_inbound_event(shop.business_id, command(subject_id, "a", at=1), actor="test") for _ in range(2)]

    row = inbound_events.get_inbound(shop.business_id, made[0])
    assert (made[0], handled) == (made[1], [(subject_id, "sent", {"at": 1})])
    assert (row.verdict, row.payload, row.actor) == ("applied", {"at": 1}, "test")


def test_the_id_counts_for_one_object_and_one_event(shop: Shop, handled: list[Any]) -> None:
    one, other = new_id(), new_id()
    door.accept_inbound_event(shop.business_id, command(one, "a"), actor="test")

    door.accept_inbound_event(shop.business_id, command(other, "a"), actor="test")
    with pytest.raises(Conflict):
        door.accept_inbound_event(shop.business_id, command(one, "a", "lost"), actor="test")

    assert [each[0] for each in handled] == [one, other]


def test_what_the_handler_refuses_is_not_kept(shop: Shop, handled: list[Any]) -> None:
    with pytest.raises(NotFound):
        door.accept_inbound_event(shop.business_id, command(new_id(), "a", "unknown"), actor="test")

    kept = inbound_events.list_inbound(shop.business_id, subject_id=None, verdict=None, after=None, limit=5)
    assert (kept, handled) == ([], [])


def test_a_replay_is_handled_again_and_counted(shop: Shop, handled: list[Any]) -> None:
    event_id = door.accept_inbound_event(shop.business_id, command(new_id(), "a"), actor="test")

    for _ in range(2):
        door.replay_inbound_event(shop.business_id, event_id, actor="somebody")

    row = inbound_events.get_inbound(shop.business_id, event_id)
    assert (len(handled), row.replay_count, row.replayed_by) == (3, 2, "somebody")
    assert (row.verdict, row.reason) == ("ignored", "It is there.")
