"""The catalogue of event types, compared with what is emitted."""

from __future__ import annotations

import uuid

from jsonschema import Draft202012Validator

from app.core.clock import now
from app.core.ids import new_id, show
from app.domain.webhooks.events import EVENT_TYPES, INTERNAL_TOPICS, body_of, is_filter
from app.workflow.operations.subscribers import PUBLIC_ONLY, SUBSCRIBERS


def test_the_catalogue_names_every_topic_that_is_not_for_us_alone() -> None:
    assert set(EVENT_TYPES) == (set(SUBSCRIBERS) | PUBLIC_ONLY) - INTERNAL_TOPICS


def test_every_schema_is_one_and_fits_its_events() -> None:
    order_id, transaction_id = new_id(), new_id()
    payload = {"order_id": str(order_id), "transaction_id": str(transaction_id), "ghost_id": str(uuid.uuid4())}

    body = body_of(new_id(), "payment.succeeded", object_id=order_id, sequence=3, at=now(), payload=payload)

    for each in EVENT_TYPES.values():
        Draft202012Validator.check_schema(each.schema)
    Draft202012Validator(EVENT_TYPES["payment.succeeded"].schema).validate(body)
    assert (body["object_id"], "ghost_id" in body["data"]) == (show("ord", order_id), False)
    assert not Draft202012Validator(EVENT_TYPES["order.paid"].schema).is_valid(body)


def test_which_filters_are_valid() -> None:
    assert all(is_filter(text) for text in ("*", "order.*", "order.paid", "webhook_endpoint.*"))
    assert not any(is_filter(text) for text in ("", "order", "orders.*", "*.paid", "order.eaten", "order.coupons_due"))
