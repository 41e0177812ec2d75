"""Pure decisions of clearing: the entries of an order's lines, and of what goes back of them later."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.core.money import Money
from app.domain.settlement.clearing import rules
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.clearing.states import EntryKind
from app.domain.settlement.clearing.types import BUSINESS, ClearableLine, SplitTerms

NOTHING_SHARED = SplitTerms(shares=())


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line, and the rule that it goes by; `version_id` None: no rule is about it."""

    line: ClearableLine
    terms: SplitTerms
    version_id: uuid.UUID | None

    @property
    def line_id(self) -> uuid.UUID:
        """The line's id."""
        return self.line.line_id

    def with_volumes(self, more: Mapping[str, int]) -> ClearableLine:
        """The line, with what parties sold in lines before it added to their volumes."""
        parties = {*self.line.volumes, *more}
        return replace(
            self.line, volumes={each: self.line.volumes.get(each, 0) + more.get(each, 0) for each in parties}
        )


@dataclass(frozen=True, kw_only=True)
class Refunded:
    """A refund that succeeded, or a dispute that was lost (`cause`): minor units by line."""

    cause_id: uuid.UUID
    lines: Mapping[uuid.UUID, int]
    cause: Literal["transaction", "dispute"] = "transaction"


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """An entry to be written; see ClearingEntry."""

    line_id: uuid.UUID
    party: str
    kind: EntryKind
    amount_minor: int
    base_minor: int = 0
    bps: int = 0
    rule_version_id: uuid.UUID | None = None


def shares(lines: Sequence[Line]) -> list[NewEntry]:
    """The entries of an order's lines, by position, that are cleared for the first time."""
    new: list[NewEntry] = []
    volumes: Counter[str] = Counter()
    for line in lines:
        parts = rules.divide(line.with_volumes(volumes), line.terms)
        for part in parts:
            if part.amount_minor or part.party == BUSINESS:
                new.append(
                    NewEntry(
                        line_id=line.line_id,
                        party=part.party,
                        kind=EntryKind.SHARE,
                        amount_minor=part.amount_minor,
                        base_minor=part.base_minor,
                        bps=part.bps,
                        rule_version_id=line.version_id,
                    )
                )
            if part.party != BUSINESS:
                volumes[part.party] += part.base_minor
        new += _fees(line, {part.party: part.fee_minor for part in parts if part.party != BUSINESS})
    return new


def _fees(line: Line, borne: Mapping[str, int]) -> list[NewEntry]:
    """What partners bear of the channel's fee goes to the business, which pays it."""
    named = [(party, -minor) for party, minor in borne.items() if minor]
    total = -sum(minor for _, minor in named)
    return [
        NewEntry(
            line_id=line.line_id,
            party=party,
            kind=EntryKind.FEE,
            amount_minor=minor,
            base_minor=line.line.fee_minor,
            rule_version_id=line.version_id,
        )
        for party, minor in ([*named, (BUSINESS, total)] if named else [])
    ]


def taken_back(
    known: Sequence[ClearingEntry | NewEntry],
    refund: Refunded,
    currency: str,
    returning_fees: Collection[uuid.UUID | None],
) -> list[NewEntry]:
    """The entries of one refund: each line's parties give back by the shares they got. `known` is what was cleared of
    the order so far; `returning_fees` are the versions that give fees back with a refund.

    Raises:
        ValueError: more would go back than is left of a line.
    """
    new = []
    for line_id, minor in refund.lines.items():
        cleared = _sums(known, line_id, EntryKind.SHARE)
        taken = {party: -value for party, value in _sums(known, line_id, EntryKind.SHARE_REVERSED).items()}
        back = rules.take_back(cleared, taken, Money(minor, currency))
        version = next(
            (each.rule_version_id for each in known if each.line_id == line_id and each.kind == EntryKind.SHARE), None
        )
        for party, part in back.items():
            if part or party == BUSINESS:
                new.append(_reversal(line_id, party, EntryKind.SHARE_REVERSED, -part, version))
        if version in returning_fees:
            fees = {party: -value for party, value in _sums(known, line_id, EntryKind.FEE).items() if value < 0}
            had = {party: value for party, value in _sums(known, line_id, EntryKind.FEE_REVERSED).items() if value > 0}
            new += _fees_back(
                line_id, fees, had, part_of=(minor + sum(taken.values()), sum(cleared.values())), of=version
            )
    return new


def _fees_back(
    line_id: uuid.UUID,
    fees: Mapping[str, int],
    had: Mapping[str, int],
    *,
    part_of: tuple[int, int],
    of: uuid.UUID | None,
) -> list[NewEntry]:
    """What partners get back of the fees they bore, by the part of the line that has gone back (minor units of how
    many)."""
    gone, whole = part_of
    due = {party: fee * gone // whole - had.get(party, 0) for party, fee in fees.items()}
    named = [(party, minor) for party, minor in due.items() if minor]
    total = -sum(minor for _, minor in named)
    every = [*named, (BUSINESS, total)] if named else []
    return [_reversal(line_id, party, EntryKind.FEE_REVERSED, minor, of) for party, minor in every]


def _reversal(line_id: uuid.UUID, party: str, kind: EntryKind, minor: int, version_id: uuid.UUID | None) -> NewEntry:
    return NewEntry(line_id=line_id, party=party, kind=kind, amount_minor=minor, rule_version_id=version_id)


def _sums(known: Sequence[ClearingEntry | NewEntry], line_id: uuid.UUID, kind: EntryKind) -> dict[str, int]:
    found: Counter[str] = Counter()
    for entry in known:
        if entry.line_id == line_id and entry.kind == kind:
            found[entry.party] += entry.amount_minor
    return dict(found)
