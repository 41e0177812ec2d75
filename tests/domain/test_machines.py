"""Every machine as a graph, and its events as a set."""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatch

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint

from app.core import db, states
from app.core.ids import new_id
from app.core.states import IllegalTransition, Machine, RowState
from app.domain.payments.states import ATTEMPT, TRANSACTION
from app.read.operations.audit import CHECKS
from app.workflow.operations.subscribers import PUBLIC_ONLY, SUBSCRIBERS
from ops.reference import every_machine
from tests.meta import source

MACHINES = every_machine()
# What is over when nothing more can happen to it; anything else must have a way out.
ENDS = {
    "adjustment": {"rejected", "reversed"},
    "approval": {"rejected", "expired", "done", "failed"},
    "attempt": {"succeeded"},
    "bank_transfer": {"confirmed", "rejected", "returned"},
    "buyer": {"erased"},
    "campaign": {"ended"},
    "channel_bill": {"fetched"},
    "case": {"resolved"},
    "risk_review": {"released", "refused"},
    "risk_rule_set": {"retired"},
    "change": {"applied", "cancelled", "failed"},
    "checkout_session": {"complete", "expired", "cancelled"},
    "contract": {"ended"},
    "cycle": {"unpaid", "skipped", "refunded"},
    "plan": set(),
    "coupon": {"expired", "revoked"},
    "coupon_template": {"ended"},
    "delivery": {"failed", "revoked"},
    "dispute": {"won", "lost", "partly_lost", "accepted", "closed"},
    "entitlement": {"revoked"},
    "hold": {"released"},
    "licence_key": {"revoked"},
    "parcel": {"lost", "returned", "cancelled"},
    "mandate": {"ended", "failed"},
    "order": {"closed", "refunded"},
    "partner": {"closed"},
    "payment_order": {"completed", "cancelled"},
    "payment_order_line": {"returned", "cancelled"},
    "product": {"archived"},
    "product_import": {"done", "failed", "discarded"},
    "promotion": {"ended"},
    "reservation": {"cancelled"},
    "seller": set(),
    "settlement": {"rejected", "reversed"},
    "settlement_batch": set(),
    "settlement_hold": {"released"},
    "split_rule_version": {"discarded", "rejected", "superseded"},
    "stock_reservation": {"cancelled", "restocked"},
    "test_clock": set(),
    "transaction": {"returned"},
    "webhook_delivery": {"delivered", "failed", "skipped"},
    "webhook_endpoint": {"removed"},
}
# Where a thing rests that has no end and does not rest where it began: money that was paid may come back.
RESTS = {"settlement_batch": {"paid"}}
named = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


class Undo(Exception):
    """Nothing of this phase shall stay."""


@pytest.fixture(scope="module")
def business(app: Flask) -> uuid.UUID:
    """An id that no row has: a step is refused or queued before any row is read."""
    assert app
    return new_id()


@named
def test_every_pair_of_states_is_an_edge_or_refused(machine: Machine, business: uuid.UUID) -> None:
    for before in machine.states:
        for after in machine.states:
            legal = before == after or (before, after) in machine.edges
            assert _can_step(machine, before, after, business) == legal, (before, after)


@named
def test_a_state_nobody_knows_is_never_stepped_to(machine: Machine, business: uuid.UUID) -> None:
    assert not any(_can_step(machine, before, "nowhere", business) for before in machine.states)


@named
def test_every_state_begins_at_the_first_and_comes_to_an_end(machine: Machine) -> None:
    assert set(_reached(machine, machine.initial)) == machine.states
    assert machine.terminal == ENDS[machine.name]
    # One that has no end is a thing's while it is there, and comes back to where it rests.
    ends = machine.terminal or RESTS.get(machine.name, {machine.initial})
    for state in machine.states - machine.terminal - RESTS.get(machine.name, set()):
        assert ends & set(_reached(machine, state)), f"{state} never ends"


@named
def test_its_states_are_an_enum_that_no_other_machine_uses(machine: Machine) -> None:
    enum = type(machine.initial)

    assert issubclass(enum, StrEnum)
    assert {type(state) for state in machine.states} == {enum}
    assert machine.states == set(enum)
    assert [other.name for other in MACHINES if type(other.initial) is enum] == [machine.name]


@named
def test_the_database_knows_exactly_these_states(machine: Machine) -> None:
    table = machine.model.__table__
    rules = [
        str(rule.sqltext)
        for rule in table.constraints
        if isinstance(rule, CheckConstraint) and str(rule.sqltext).startswith("status IN")
    ]

    assert [set(re.findall(r"'(\w+)'", rule)) for rule in rules] == [set(machine.states)]


@named
def test_the_audit_replays_its_history(machine: Machine) -> None:
    table = machine.model.__table__
    replays = [check for check in CHECKS if f"machine = '{machine.name}'" in check.sql and "lag(" in check.sql]

    assert len(replays) == 1
    assert f"FROM {table.name} row" in replays[0].sql
    assert f"to_state <> '{machine.initial}'" in replays[0].sql


def test_a_transaction_can_follow_wherever_its_attempt_may_still_go() -> None:
    decided = {"succeeded", "failed", "cancelled"}
    late = {(before, after) for before, after in ATTEMPT.edges if before in decided}

    assert late <= set(TRANSACTION.edges)


def test_every_event_has_a_listener_or_is_for_the_outside_and_no_other_is_listed() -> None:
    listed = set(SUBSCRIBERS) | PUBLIC_ONLY
    emitted = list(_emitted())

    assert {topic for topic in emitted if "*" not in topic} <= listed
    assert not {topic for topic in listed if not any(fnmatch(topic, pattern) for pattern in emitted)}
    assert not set(SUBSCRIBERS) & PUBLIC_ONLY


def test_no_handler_of_an_event_shares_its_name_with_another() -> None:
    for topic, handlers in SUBSCRIBERS.items():
        names = [name for name, _ in handlers]
        assert len(set(names)) == len(names), topic


def test_the_audit_checks_every_event_that_is_handled() -> None:
    [check] = [check for check in CHECKS if check.id == "I25"]

    assert set(re.findall(r"'([a-z_]+\.[a-z_]+)'", check.sql)) == set(SUBSCRIBERS)


def _can_step(machine: Machine, before: str, after: str, business_id: uuid.UUID) -> bool:
    try:
        with db.phase("test.step", business_id):
            states.advance(machine, RowState(new_id(), before, 1), after, reason="test", actor="test")
            raise Undo
    except IllegalTransition:
        return False
    except Undo:
        return True


def _reached(machine: Machine, start: str) -> list[str]:
    """The states that can be reached from `start`, itself first."""
    found = [start]
    for state in found:
        found += [after for before, after in machine.edges if before == state and after not in found]
    return found


def _emitted() -> Iterator[str]:
    """Every topic that a step or a workflow emits, with * for what is filled in."""
    for machine in MACHINES:
        yield from filter(None, machine.edges.values())
    for file in source.python("app"):
        for node in file.nodes:
            name = source.dotted(node.func) if isinstance(node, ast.Call) and file.path != STATES else ""
            if name in ("outbox.emit", "outbox.emit_to"):
                assert isinstance(node, ast.Call)
                topic = node.args[name == "outbox.emit_to"]
                assert isinstance(topic, ast.Constant | ast.JoinedStr), f"{file.path}:{node.lineno}: write topics out"
                parts = topic.values if isinstance(topic, ast.JoinedStr) else [topic]
                yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in parts)


STATES = "app/core/states.py"  # emits what the edges say
